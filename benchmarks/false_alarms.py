"""How often data quality cries wolf, and how often it sees one.

`python -m benchmarks.false_alarms` prints the tables of docs/false-alarms.md.

Windows are drawn from the rows that the baseline was made from, so every violation is a false
alarm; then one feature of each window is shifted by a part of its standard deviation. Last, the
months after the baseline's are checked as they came, which is real drift.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from terrace.batch import Batch, quoted
from terrace.monitors.data_quality import KIND, DataQuality, DataQualityOptions

DATA = Path(__file__).parent / "data"
SIZES = (50, 100, 300, 1000, 3000)
SHIFTS = (0.1, 0.25, 0.5, 1.0)
WINDOWS = 100
_DRIFT = "baseline_drift_check"


@dataclass(frozen=True, kw_only=True)
class Set:
    """A data set: the rows that the baseline is made from, and the months that came later."""

    name: str
    file: str
    features: tuple[str, ...]
    learnt: str
    later: dict[str, str]
    shifted: str


SETS = (
    Set(
        name="elec2",
        file="elec2.parquet",
        features=("nswprice", "nswdemand", "vicprice", "vicdemand", "transfer"),
        learnt="place < 15000",
        later={
            f"rows {first} to {first + 3000}": f"place BETWEEN {first} AND {first + 2999}"
            for first in range(15_000, 45_000, 6000)
        },
        shifted="nswdemand",
    ),
    Set(
        name="bike_sharing",
        file="bike_sharing.parquet",
        features=("temp", "atemp", "hum", "windspeed", "casual", "registered"),
        learnt="yr = 0",
        later={f"month {month} of the next year": f"yr = 1 AND mnth = {month}"
               for month in (1, 4, 7, 10)},
        shifted="temp",
    ),
)  # fmt: skip


def main() -> None:
    """Prints a table of false alarms and detections, and one of real drift, for each data set."""
    console = Console(width=110)
    for one in SETS:
        console.print(_drawn(one))
        console.print(_real(one))


def _drawn(one: Set) -> Table:
    table = Table(title=f"{one.name}: share of {WINDOWS} windows with a drift violation")
    heads = [f"{one.shifted} + {shift} sd" for shift in SHIFTS]
    for column in ("rows", "no drift", *heads):
        table.add_column(column, justify="right")
    connection, monitor = _learnt(one)
    for size in SIZES:
        shares = [_share(connection, monitor, one, size, shift) for shift in (0.0, *SHIFTS)]
        table.add_row(str(size), *(f"{share:.0%}" for share in shares))
    return table


def _real(one: Set) -> Table:
    table = Table(title=f"{one.name}: real drift, by the features that violate")
    for column in ("rows", "violated", "largest distance"):
        table.add_column(column)
    connection, monitor = _learnt(one)
    for name, where in one.later.items():
        result = monitor.check(monitor.observe(_batch(connection, one, where)))
        found = [v.feature for v in result.violations if v.check == _DRIFT]
        largest = max(result.figures.values(), key=lambda figure: figure or 0.0) or 0.0
        table.add_row(name, ", ".join(found) or "none", f"{largest:.2f}")
    return table


def _learnt(one: Set) -> tuple[duckdb.DuckDBPyConnection, DataQuality]:
    connection = duckdb.connect()
    connection.execute(
        f"CREATE TABLE rows AS SELECT *, row_number() OVER () AS place "  # noqa: S608
        f"FROM '{DATA / one.file}'"
    )
    options = DataQualityOptions()
    files = KIND.suggest(_batch(connection, one, one.learnt), options)
    return connection, KIND.load(files, options)


def _batch(connection: duckdb.DuckDBPyConnection, one: Set, where: str) -> Batch:
    columns = ", ".join(map(quoted, one.features))
    return Batch(relation=connection.sql(f"SELECT {columns} FROM rows WHERE {where}"))  # noqa: S608


def _share(
    connection: duckdb.DuckDBPyConnection, monitor: DataQuality, one: Set, size: int, shift: float
) -> float:
    results = (
        monitor.check(monitor.observe(batch)) for batch in _windows(connection, one, size, shift)
    )
    alarms = sum(any(v.check == _DRIFT for v in result.violations) for result in results)
    return alarms / WINDOWS


def _windows(
    connection: duckdb.DuckDBPyConnection, one: Set, size: int, shift: float
) -> Iterator[Batch]:
    deviation: Any = connection.sql(
        f"SELECT stddev({quoted(one.shifted)}) FROM rows WHERE {one.learnt}"  # noqa: S608
    ).fetchall()[0][0]
    columns = [
        f"{quoted(name)} + {shift * deviation!r} AS {quoted(name)}" if name == one.shifted
        else quoted(name) for name in one.features
    ]  # fmt: skip
    for seed in range(WINDOWS):
        # Rows in an order that the seed alone decides: a sample without putting back.
        drawn = connection.sql(
            f"SELECT {', '.join(columns)} FROM rows WHERE {one.learnt} "  # noqa: S608
            f"ORDER BY hash(place, {seed}) LIMIT {size}"
        )
        yield Batch(relation=drawn)


if __name__ == "__main__":
    main()
