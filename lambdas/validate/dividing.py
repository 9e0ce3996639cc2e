"""A training set in two: what is trained on, and what no training sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lambdas.validate.reading import Source, TrainingFile, opened
from terrace.batch import quoted
from terrace.holding_out import held_out_sql, moment_sql, newest_sql
from terrace.training_settings import Holdout


@dataclass(frozen=True, kw_only=True)
class Divided:
    """The two files, and how many rows the second has."""

    training: Path
    held_out: Path
    held_out_rows: int


def divided(file: TrainingFile, label: str, holdout: Holdout, folder: Path) -> Divided:
    """Writes the two sides of a checked training set.

    Args:
        file: The training set.
        label: Its label column; either side must have two classes.
        holdout: Which rows are held out.
        folder: Where the two files are written; the first is of the training set's own kind.

    Raises:
        InvalidTrainingData: It has no such column, a time is missing, or a side is of no use.
    """
    training, held_out = folder / f"training{file.ending}", folder / "held-out.parquet"
    with opened(file) as table:
        columns = table.columns()
        source = table.source(columns)
        condition = _condition(file, holdout, columns, source)
        rows = _useful(file, label, holdout, source, condition)
        source.write(f"NOT ({condition})", training)
        source.write(condition, held_out)
    return Divided(training=training, held_out=held_out, held_out_rows=rows)


def _condition(file: TrainingFile, holdout: Holdout, columns: Sequence[str], source: Source) -> str:
    column = holdout.column
    if column is None:
        return held_out_sql(holdout, columns)
    if column not in columns:
        raise file.invalid(
            f"there is no column {column!r}", "the column that terrace.yaml names in `holdout`"
        )
    if holdout.by != "time":
        return held_out_sql(holdout, columns)
    moment = moment_sql(column)
    timeless, newest = source.one(
        f"count(*) FILTER (NOT coalesce(isfinite({moment}), false)), {newest_sql(holdout)}"
    )
    if timeless:
        raise file.invalid(
            f"{timeless} rows have no time in column {column!r}",
            "a number, a date or a time of a day in every row",
        )
    return held_out_sql(holdout, columns, newest)


def _useful(file: TrainingFile, label: str, holdout: Holdout, source: Source, held: str) -> int:
    """The number of held-out rows, where both sides can be used."""
    classes = f"count(DISTINCT CAST({quoted(label)} AS VARCHAR))"
    found = {
        side: source.one(f"count(*) FILTER ({rows}), {classes} FILTER ({rows})")
        for side, rows in {"training": f"NOT ({held})", "held-out": held}.items()
    }
    for side, (rows, several) in found.items():
        if several < 2:
            raise file.invalid(
                f"holdout ({holdout}) leaves {rows} {side} rows with {several} of the classes",
                "two classes on either side: another share, or for groups another salt",
            )
    return int(found["held-out"][0])
