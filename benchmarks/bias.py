"""The bias report of a million rows, beside smclarify's."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.measuring import Row, beside, of_peer, seconds
from terrace import dataset
from terrace.monitors.bias_drift import KIND, BiasDriftOptions

ROWS = 1_000_000
# smclarify's flip test walks through all rows in Python, so it gets a part of them.
FLIP_TEST_ROWS = 50_000
OPTIONS = BiasDriftOptions(
    label="y", positive="1", facet=("sex",), facet_values="f", predicted="p", group="g"
)


def rows(folder: Path) -> Iterator[Row]:
    """Two lines."""
    path = folder / "people.parquet"
    duckdb.sql(f"""
        COPY (SELECT random() AS a, random() AS b, CASE WHEN random() < 0.3 THEN 'f' ELSE 'm' END
                     AS sex, (random() < 0.4)::INT AS y, (random() < 0.5)::INT AS p,
                     'group ' || (random() * 5)::INT AS g
              FROM range({ROWS})) TO '{path}'
    """)  # noqa: S608
    ours = seconds(lambda: KIND.suggest(dataset.whole(str(path)), OPTIONS))
    work = f"bias report of {ROWS} rows, 21 metrics with intervals"
    yield beside(work, ours, "smclarify, 20 metrics", of_peer("smclarify", path))
    part = of_peer("smclarify", path, str(FLIP_TEST_ROWS))
    yield beside(f"the same; the peer {FLIP_TEST_ROWS} rows", ours, "smclarify, 21 metrics", part)
