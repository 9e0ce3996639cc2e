"""A data set named on the command line, as batches: files of Parquet, CSV or captured records."""

from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path

import duckdb

from terrace import capture
from terrace.batch import Batch, InvalidData, Rejected, literal

SUFFIXES = (".parquet", ".csv", ".jsonl")
_READERS = {
    ".parquet": "read_parquet([{paths}])",
    ".csv": "read_csv([{paths}], header=true, nullstr='', sample_size=-1)",
}


def files(data: str) -> list[Path]:
    """The files behind a file's name, a folder's or a pattern.

    Raises:
        InvalidData: There are none, or they are of several kinds.
    """
    path = Path(data)
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES)
    else:
        found = [path] if path.is_file() else sorted(Path(name) for name in glob(data))  # noqa: PTH207  # a pattern may be absolute
    kinds = sorted({path.suffix for path in found})
    if not found:
        raise InvalidData(f"{data}: no files there; expected {', '.join(SUFFIXES)}")
    if len(kinds) > 1 or kinds[0] not in SUFFIXES:
        raise InvalidData(f"{data}: got files of {', '.join(kinds)}; expected one of {SUFFIXES}")
    return found


def batches(data: str, features: Sequence[str] = ()) -> Iterator[Batch]:
    """The batches of a data set; one is held at a time.

    Args:
        data: A file, a folder or a pattern.
        features: The columns of captured payloads that have no names, in their order.

    Raises:
        InvalidData: A file cannot be read.
    """
    found = files(data)
    connection = duckdb.connect()
    if found[0].suffix == ".jsonl":
        for path in found:
            yield capture.read(connection, path, features or capture.positions(path))
        return
    yield _table(connection, found)


def whole(data: str, features: Sequence[str] = ()) -> Batch:
    """A data set as one batch, which may be scanned more than once.

    Raises:
        InvalidData: A file cannot be read.
    """
    found = files(data)
    connection = duckdb.connect()
    if found[0].suffix != ".jsonl":
        return _table(connection, found)
    named = features or capture.positions(found[0])
    rejected: list[Rejected] = []
    for path in found:
        batch = capture.read(connection, path, named)
        rejected += batch.rejected
        made = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'rows_read'")
        if made.fetchone():
            batch.relation.insert_into("rows_read")
        else:
            batch.relation.create("rows_read")
    return Batch(relation=connection.table("rows_read"), rejected=tuple(rejected))


def _table(connection: duckdb.DuckDBPyConnection, found: Sequence[Path]) -> Batch:
    empty = [path for path in found if not path.stat().st_size]
    if empty:
        raise InvalidData(f"{empty[0]}: the file is empty (0 bytes)")
    paths = ", ".join(literal(str(path)) for path in found)
    reader = _READERS[found[0].suffix].format(paths=paths)
    try:
        return Batch(relation=connection.sql(f"SELECT * FROM {reader}"))  # noqa: S608  # literals
    except duckdb.Error as error:
        raise InvalidData(f"{found[0]}: cannot be read: {error}") from error
