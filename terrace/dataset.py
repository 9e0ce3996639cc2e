"""A data set named on the command line, as batches: files of Parquet, CSV or captured records."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from glob import glob
from pathlib import Path

import duckdb

from terrace import capture, ground_truth
from terrace.batch import Batch, InvalidData, Layout, Rejected, literal

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


def batches(data: str, layout: Layout | None = None, labels: str | None = None) -> Iterator[Batch]:
    """The batches of a data set; one is held at a time.

    Args:
        data: A file, a folder or a pattern.
        layout: The columns of captured records; by default the features that they have.
        labels: Likewise, the ground truth of captured records.

    Raises:
        InvalidData: A file cannot be read.
    """
    found, connection = files(data), duckdb.connect()
    if found[0].suffix == ".jsonl":
        yield from _captured(connection, found, layout or Layout(), labels)
    else:
        yield _table(connection, found)


def whole(data: str, layout: Layout | None = None, labels: str | None = None) -> Batch:
    """A data set as one batch, which may be scanned more than once.

    Raises:
        InvalidData: A file cannot be read.
    """
    found, connection = files(data), duckdb.connect()
    if found[0].suffix != ".jsonl":
        return _table(connection, found)
    rejected: list[Rejected] = []
    made = False
    for batch in _captured(connection, found, layout or Layout(), labels):
        rejected += batch.rejected
        if made:
            batch.relation.insert_into("rows_read")
        else:
            batch.relation.create("rows_read")
            made = True
    if not made:
        raise InvalidData(f"{data}: no captured records there; expected at least one")
    return Batch(relation=connection.table("rows_read"), rejected=tuple(rejected))


def _captured(
    connection: duckdb.DuckDBPyConnection, found: Sequence[Path], layout: Layout, labels: str | None
) -> Iterator[Batch]:
    table: str | None = None
    rejected: tuple[Rejected, ...] = ()
    if labels:
        table, rejected = ground_truth.TABLE, ground_truth.load(connection, files(labels))
    for batch in capture.read(connection, found, layout, table):
        yield replace(batch, rejected=(*rejected, *batch.rejected))
        rejected = ()


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
