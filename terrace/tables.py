"""Files of Parquet and CSV as relations, each column of one type in all of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from terrace.batch import InvalidData, literal

Types = Mapping[str, str]  # DuckDB's, by column

_PARQUET = "read_parquet([{paths}])"
_CSV = "read_csv([{paths}], header=true, nullstr='', {told})"
_WHOLE = "sample_size=-1"  # a column is only a number's if all of it is


def read(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], types: Types | None = None
) -> duckdb.DuckDBPyRelation:
    """The rows of files of one kind.

    Args:
        types: Of a CSV file's columns; by default they are told from all that the files hold.

    Raises:
        InvalidData: A file cannot be read.
    """
    if paths[0].suffix == ".csv" and types is None and len(paths) > 1:
        types = common([types_of(connection, path) for path in paths])
    return _read(connection, paths, types)


def types_of(connection: duckdb.DuckDBPyConnection, path: Path) -> Types:
    """The type of each column of one file, told from all that it holds.

    Raises:
        InvalidData: It cannot be read.
    """
    relation = _read(connection, [path], None)
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


def refuse_empty(paths: Sequence[Path]) -> None:
    """A table has a header or a schema at least.

    Raises:
        InvalidData: A file holds nothing.
    """
    for path in paths:
        if not path.stat().st_size:
            raise InvalidData(f"{path}: the file is empty (0 bytes)")


def common(found: Sequence[Types]) -> Types:
    """Types that hold what each file's do: what is text in one is text in all."""
    names = dict.fromkeys(name for types in found for name in types)
    return {name: _common({types[name] for types in found if name in types}) for name in names}


def _common(types: set[str]) -> str:
    if len(types) == 1:
        return next(iter(types))
    return "DOUBLE" if types == {"BIGINT", "DOUBLE"} else "VARCHAR"


def _read(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], types: Types | None
) -> duckdb.DuckDBPyRelation:
    refuse_empty(paths)
    listed = ", ".join(literal(str(path)) for path in paths)
    told = _WHOLE if types is None else f"types={_struct(types)}"
    reader = (_CSV if paths[0].suffix == ".csv" else _PARQUET).format(paths=listed, told=told)
    try:
        return connection.sql(f"SELECT * FROM {reader}")  # noqa: S608  # literals
    except duckdb.Error as error:
        raise InvalidData(f"{paths[0]}: cannot be read: {error}") from error


def _struct(types: Types) -> str:
    told = (f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
    return "{" + ", ".join(told) + "}"
