"""A training set on disk as DuckDB reads it: a Parquet or a CSV file."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb

from terrace import database
from terrace.batch import literal
from terrace.errors import TerraceError


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


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table function over the file, as DuckDB runs it."""

    connection: duckdb.DuckDBPyConnection
    function: str
    parameters: list[object]

    def one(self, select: str) -> tuple[Any, ...]:
        """The first row of a query over the file."""
        query = f"SELECT {select} FROM {self.function}"  # noqa: S608 - no word of it is the file's
        found = self.connection.execute(query, self.parameters).fetchone()
        return tuple(found or ())

    def write(self, rows: str, path: Path) -> None:
        """Writes the rows for which a condition holds: Parquet, or CSV with a header."""
        kind = "PARQUET" if path.suffix == ".parquet" else "CSV, HEADER"
        copy = f"COPY (SELECT * FROM {self.function} WHERE {rows}) TO {literal(str(path))}"  # noqa: S608
        self.connection.execute(f"{copy} (FORMAT {kind})", self.parameters)


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

    def source(self, columns: Sequence[str]) -> Source:  # noqa: ARG002 - they are in the file
        return Source(
            connection=self.connection, function="read_parquet(?)", parameters=[str(self.path)]
        )


@dataclass(frozen=True, kw_only=True)
class _Csv:
    path: Path
    connection: duckdb.DuckDBPyConnection

    def columns(self) -> list[str]:
        with self.path.open(encoding="utf-8-sig", newline="") as text:
            return next(csv.reader(text), [])

    def source(self, columns: Sequence[str]) -> Source:
        # Nothing is guessed: guessed types would make one class of 1 and 1.0 in one file and
        # two in another, and a guessed dialect hides the line that is broken.
        return Source(
            connection=self.connection,
            function="read_csv(?, header = true, auto_detect = false, delim = ',', quote = '\"', "
            "escape = '\"', columns = ?)",
            parameters=[str(self.path), dict.fromkeys(columns, "VARCHAR")],
        )


@contextmanager
def opened(file: TrainingFile) -> Iterator[_Parquet | _Csv]:
    """How the file is read; what cannot be read is the training set's fault."""
    kind = _Parquet if file.ending == ".parquet" else _Csv
    with database.connect() as connection:
        try:
            yield kind(path=file.path, connection=connection)
        except (duckdb.Error, UnicodeDecodeError, csv.Error) as error:
            reason = "; ".join(str(error).splitlines()[:3]).replace(str(file.path), "the file")
            raise file.invalid(
                f"it cannot be read as {file.ending.lstrip('.')} ({reason})",
                "a whole, undamaged file",
            ) from error
