"""Is this file a training set? Everything a training job would trip over, told before it starts."""

from collections import Counter
from collections.abc import Sequence

from lambdas.common.training import ENDINGS
from lambdas.validate.reading import Source, TrainingFile, opened

_SHOWN = 8  # names or values told in a message


def checked_rows(file: TrainingFile, label: str) -> int:
    """The number of rows of a training set that can be trained on.

    Raises:
        InvalidTrainingData: It cannot: it is no readable Parquet or CSV file, it is empty, a
            column's name repeats, the label column or a label is missing, or there is one class.
    """
    if file.ending not in ENDINGS:
        raise file.invalid(f"its name ends in {file.ending!r}", f"one of {', '.join(ENDINGS)}")
    if not file.path.stat().st_size:
        raise file.invalid("the file is empty (0 bytes)", "rows with a header")
    with opened(file) as table:
        columns = table.columns()
        _refuse_repeated(file, columns)
        if label not in columns:
            raise file.invalid(
                f"there is no label column {label!r}, the columns are {_some(columns)}",
                "the column that terrace.yaml names as `label`",
            )
        source = table.source(columns)
        rows = _read_whole(file, source)
        _refuse_labels(file, label, source)
    return rows


def _refuse_repeated(file: TrainingFile, columns: Sequence[str]) -> None:
    # By lower case: neither DuckDB nor Athena can tell `Speed` from `speed`.
    counts = Counter(column.lower() for column in columns)
    repeated = [column for column in columns if counts[column.lower()] > 1]
    if repeated:
        raise file.invalid(
            f"columns are named more than once: {_some(repeated)}",
            "names that differ by more than upper and lower case",
        )


def _read_whole(file: TrainingFile, source: Source) -> int:
    """The number of rows, with every value of every column read, so that damage shows now."""
    # A hash needs each value; a count would be answered from the file's footer alone.
    rows = int(source.one("count(*), bit_xor(hash(COLUMNS(*)))")[0])
    if not rows:
        raise file.invalid("it has columns and no row", "rows of at least two classes")
    return rows


def _refuse_labels(file: TrainingFile, label: str, source: Source) -> None:
    text = 'CAST("' + label.replace('"', '""') + '" AS VARCHAR)'
    missing, first, last = source.one(
        f"count(*) FILTER (coalesce(lower(trim({text})), '') IN ('', 'nan')), "
        f"min({text}), max({text})"
    )
    if missing:
        raise file.invalid(
            f"{missing} rows have no label in column {label!r}", "a label in every row"
        )
    if first == last:
        raise file.invalid(
            f"label column {label!r} holds one class, {first!r}", "at least two classes"
        )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
