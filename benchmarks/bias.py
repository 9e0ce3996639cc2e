"""The bias report of a million rows, beside smclarify's: of people, and with the flip test."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.measuring import ROOT, Row, beside, of_peer, seconds
from terrace import dataset
from terrace.monitors.bias_drift import KIND, BiasDriftOptions

ROWS = 1_000_000
ADULT = ROOT / "tests" / "data" / "clarify" / "adult.csv"
OPTIONS = BiasDriftOptions(
    label="y", positive="1", facet=("sex",), facet_values="Female", predicted="p", group="education"
)


def rows(folder: Path) -> Iterator[Row]:
    """Two lines. The flip test takes numbers alone, so Adult goes without."""
    adult, numbers = folder / "adult.parquet", folder / "numbers.parquet"
    repeated = f"FROM '{ADULT}', range(70) LIMIT {ROWS}"
    duckdb.sql(f"COPY (SELECT age, race, sex, education, y, p {repeated}) TO '{adult}'")
    duckdb.sql(
        f"COPY (SELECT random() AS a, random() AS b, sex, education, y, p {repeated}) "
        f"TO '{numbers}'"
    )
    for path, flips, what in ((adult, "", "20 metrics"), (numbers, "FT", "21 metrics")):
        mine = seconds(lambda path=path: KIND.suggest(dataset.whole(str(path)), OPTIONS))  # type: ignore[misc]
        theirs = of_peer("smclarify", path, flips)
        yield beside(f"bias report of {ROWS} people, {what}", mine, "smclarify", theirs)
