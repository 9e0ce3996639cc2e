"""Is this file a training set? Everything a training job would trip over, told before it starts."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb

from lambdas.common.training import ENDINGS
from terrace.errors import TerraceError

_SHOWN = 8  # names or values told in a message


class InvalidTrainingData(TerraceError):
    """A training set cannot be trained on."""


@dataclass(frozen=True, kw_only=True)
class TrainingFile:
    """A training set on disk, and the address it is known by."""

    path: Path
    uri: str

    @property
    def ending(self) -> str:
        """The address's ending in lower case: what kind of file this is."""
        return PurePosixPath(self.uri).suffix.lower()

    def invalid(self, got: str, expected: str) -> InvalidTrainingData:
        """The error that says what is wrong with this file."""
        return InvalidTrainingData(f"training set {self.uri}: {got}; expected {expected}")


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
    with _reader(file) as reader:
        columns = reader.columns()
        _refuse_repeated(file, columns)
        if label not in columns:
            raise file.invalid(
                f"there is no label column {label!r}, the columns are {_some(columns)}",
                "the column that terrace.yaml names as `label`",
            )
        source = reader.source(columns)
        rows = _read_whole(file, source)
        _refuse_labels(file, label, source)
    return rows


@dataclass(frozen=True, kw_only=True)
class _Source:
    """A table function over the file, as DuckDB runs it."""

    connection: duckdb.DuckDBPyConnection
    function: str
    parameters: list[object]

    def one(self, select: str) -> tuple[Any, ...]:
        """The first row of a query over the file."""
        query = f"SELECT {select} FROM {self.function}"  # noqa: S608 - no word of it is the file's
        found = self.connection.execute(query, self.parameters).fetchone()
        return tuple(found or ())


@dataclass(frozen=True, kw_only=True)
class _Parquet:
    path: Path
    connection: duckdb.DuckDBPyConnection

    def columns(self) -> list[str]:
        """The names as the file has them; where they repeat, a query shows others."""
        rows = self.connection.execute(
            "SELECT name, num_children FROM parquet_schema(?)", [str(self.path)]
        ).fetchall()
        names: list[str] = []
        nested = 0
        for name, children in rows[1:]:  # the first row is the root
            if not nested:
                names.append(str(name))
            nested += int(children or 0) - bool(nested)
        return names

    def source(self, columns: Sequence[str]) -> _Source:  # noqa: ARG002 - they are in the file
        return _Source(
            connection=self.connection, function="read_parquet(?)", parameters=[str(self.path)]
        )


@dataclass(frozen=True, kw_only=True)
class _Csv:
    path: Path
    connection: duckdb.DuckDBPyConnection

    def columns(self) -> list[str]:
        with self.path.open(encoding="utf-8-sig", newline="") as text:
            return next(csv.reader(text), [])

    def source(self, columns: Sequence[str]) -> _Source:
        # Nothing is guessed: guessed types would make one class of 1 and 1.0 in one file and
        # two in another, and a guessed dialect hides the line that is broken.
        return _Source(
            connection=self.connection,
            function="read_csv(?, header = true, auto_detect = false, delim = ',', quote = '\"', "
            "escape = '\"', columns = ?)",
            parameters=[str(self.path), dict.fromkeys(columns, "VARCHAR")],
        )


@contextmanager
def _reader(file: TrainingFile) -> Iterator[_Parquet | _Csv]:
    """How the file is read; what cannot be read is the training set's fault."""
    kind = _Parquet if file.ending == ".parquet" else _Csv
    with duckdb.connect(config={"temp_directory": str(file.path.parent)}) as connection:
        try:
            yield kind(path=file.path, connection=connection)
        except (duckdb.Error, UnicodeDecodeError, csv.Error) as error:
            reason = "; ".join(str(error).splitlines()[:3]).replace(str(file.path), "the file")
            raise file.invalid(
                f"it cannot be read as {file.ending.lstrip('.')} ({reason})",
                "a whole, undamaged file",
            ) from error


def _refuse_repeated(file: TrainingFile, columns: Sequence[str]) -> None:
    # By lower case: neither DuckDB nor Athena can tell `Speed` from `speed`.
    counts = Counter(column.lower() for column in columns)
    repeated = [column for column in columns if counts[column.lower()] > 1]
    if repeated:
        raise file.invalid(
            f"columns are named more than once: {_some(repeated)}",
            "names that differ by more than upper and lower case",
        )


def _read_whole(file: TrainingFile, source: _Source) -> int:
    """The number of rows, with every value of every column read, so that damage shows now."""
    # A hash needs each value; a count would be answered from the file's footer alone.
    rows = int(source.one("count(*), bit_xor(hash(COLUMNS(*)))")[0])
    if not rows:
        raise file.invalid("it has columns and no row", "rows of at least two classes")
    return rows


def _refuse_labels(file: TrainingFile, label: str, source: _Source) -> None:
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
