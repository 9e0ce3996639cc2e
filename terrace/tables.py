"""Files of Parquet and CSV as batches: values in the form that they have in traffic, too."""

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

import duckdb

from terrace import csv_files, database
from terrace.batch import Batch, InvalidData, Source, column_sql, literal, quoted
from terrace.texts import moment_text_sql, number_sql, text_sql

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
            "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip


# A table of more columns is read some columns at a time, which in CSV means all of it each time: it
# is kept by column then, on disk.
_WIDE, _TABLE = 64, "wide"


class Scratch:
    """A folder that is there as long as somebody holds this."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="terrace-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._folder, self._files = Path(folder), 0

    def place(self) -> Path:
        """A place for a file."""
        self._files += 1
        return self._folder / str(self._files)


def read(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Batch:
    """The rows of files of one kind.

    Raises:
        InvalidData: A file cannot be read.
    """
    refuse_empty(paths)
    try:
        return (_csv if paths[0].suffix == ".csv" else _parquet)(connection, paths)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise InvalidData(f"{paths[0]}: cannot be read: {reason}") from error


def refuse_empty(paths: Sequence[Path]) -> None:
    """A table has a header or a schema at least.

    Raises:
        InvalidData: A file holds nothing.
    """
    for path in paths:
        if not path.stat().st_size:
            raise InvalidData(f"{path}: the file is empty (0 bytes)")


def _csv(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Batch:
    """Files joined by the names of their columns; one that a file lacks has no values there."""
    scratch = Scratch()
    tables = [csv_files.table(path, scratch.place) for path in paths]
    names = tuple(dict.fromkeys(name for table in tables for name in table.header))
    query = " UNION ALL ".join(_ordered(table, names) for table in tables)
    wide = len(names) > _WIDE
    if wide:
        place = scratch.place()
        with database.connect(place, threads=1) as making:  # which holds a block a column
            making.execute(f"CREATE TABLE {_TABLE} AS {query}")
        connection = database.connect(place, threads=1)
        query = f"SELECT * FROM {_TABLE}"  # noqa: S608  # ours
    places = {name: f"c{i}" for i, name in enumerate(names)}
    texts = {name: text_sql(place) for name, place in places.items()}
    named = ", ".join(f"{text} AS {column_sql(name)}" for name, text in texts.items())
    return Batch(
        relation=connection.sql(f"SELECT {named} FROM ({query})"),  # noqa: S608  # quoted
        rejected=tuple(one for table in tables for one in table.rejected),
        source=Source(
            connection=connection,
            query=query,
            texts=texts,
            numbers={name: number_sql(place) for name, place in places.items()},
            written=places,
            table=_TABLE if wide else None,
        ),
        held=scratch,
    )


def _ordered(table: csv_files.Table, names: Sequence[str]) -> str:
    if table.header == names:
        return table.sql()
    places = {name: f"c{i}" for i, name in enumerate(table.header)}
    taken = ", ".join(
        f"{places.get(name, 'NULL::VARCHAR')} AS c{i}" for i, name in enumerate(names)
    )
    return f"SELECT {taken} FROM ({table.sql()})"  # noqa: S608  # names of ours


def _parquet(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Batch:
    """Numbers as they are, anything else as a text."""
    listed = ", ".join(literal(str(path)) for path in paths)
    relation = connection.sql(f"SELECT * FROM read_parquet([{listed}])")  # noqa: S608  # literals
    names = _names(connection, paths[0], relation)
    fields = zip(names, relation.columns, map(str, relation.types), strict=True)
    named = ", ".join(
        f"{_value(quoted(own), kind)} AS {column_sql(name)}" for name, own, kind in fields
    )
    return Batch(relation=relation.project(named))


def _names(
    connection: duckdb.DuckDBPyConnection, path: Path, relation: duckdb.DuckDBPyRelation
) -> list[str]:
    """The columns' names as the file has them: DuckDB renames those that differ by case alone."""
    schema = connection.execute(
        "SELECT name, coalesce(num_children, 0) FROM parquet_schema(?)", [str(path)]
    ).fetchall()
    names, fields = [], iter(schema[1:])
    for name, children in fields:
        names.append(name)
        while children:  # of a nested column, which are no columns
            children += next(fields)[1] - 1
    return names if len(names) == len(relation.columns) else relation.columns


def _value(value: str, kind: str) -> str:
    """A column of a type as a number or a text."""
    if kind == "VARCHAR":
        return text_sql(value)
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        return moment_text_sql(f"make_timestamp(epoch_us({value}))")
    if kind.startswith("TIMESTAMP"):
        return moment_text_sql(value)
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return f"CAST(to_json({value}) AS VARCHAR)"
    if kind.startswith(_NUMBERS):
        return value
    return f"CAST({value} AS VARCHAR)"
