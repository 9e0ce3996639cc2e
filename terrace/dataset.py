"""A data set named on the command line, as batches: files of Parquet, CSV or captured records."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from glob import glob
from pathlib import Path

import duckdb

from terrace import capture, database, ground_truth, tables
from terrace.batch import Batch, InvalidData, Layout, Rejected

SUFFIXES = (".parquet", ".csv", ".jsonl")


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


def batches(
    data: str,
    layout: Layout | None = None,
    labels: str | None = None,
) -> Iterator[Batch]:
    """The batches of a data set; one is held at a time.

    Args:
        data: A file, a folder or a pattern.
        layout: The columns of captured records; by default the features that they have.
        labels: Likewise, the ground truth of captured records.

    Raises:
        InvalidData: A file cannot be read.
    """
    found = files(data)
    if found[0].suffix == ".jsonl":
        yield from _captured(database.connect(), found, layout or Layout(), labels)
    else:
        yield tables.read(_database().cursor(), found)


def whole(data: str, layout: Layout | None = None, labels: str | None = None) -> Batch:
    """A data set as one batch, which may be scanned more than once.

    Raises:
        InvalidData: A file cannot be read.
    """
    found = files(data)
    if found[0].suffix != ".jsonl":
        return tables.read(_database().cursor(), found)
    connection = database.connect()
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


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """The process's own: making one takes longer than to count a million rows."""
    return database.connect()


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
