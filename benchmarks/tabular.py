"""Data quality of a million rows of Parquet, beside the bare scan by DuckDB, and whylogs."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.captured import NAMES, monitor
from benchmarks.measuring import Row, beside, of_peer, seconds
from terrace import dataset

ROWS = 1_000_000


def rows(folder: Path) -> Iterator[Row]:
    """Two lines."""
    path = folder / "rows.parquet"
    columns = ", ".join(f"random() * 2 - 1 AS {name}" for name in NAMES)
    duckdb.sql(f"COPY (SELECT {columns} FROM range({ROWS})) TO '{path}'")  # noqa: S608
    learnt = monitor()

    def ours() -> object:
        (batch,) = dataset.batches(str(path))
        return learnt.check(learnt.observe(batch))

    sums = ", ".join(f"sum({name})" for name in NAMES)
    scan = seconds(lambda: duckdb.connect().sql(f"SELECT {sums} FROM '{path}'").fetchall())  # noqa: S608
    mine = seconds(ours)
    work = f"data quality of {ROWS} x {len(NAMES)} in Parquet"
    yield beside(work, mine, "the bare scan by DuckDB", scan)
    yield beside(work, mine, "whylogs", of_peer("whylogs", path))
