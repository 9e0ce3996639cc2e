"""How often model quality cries wolf, and how often it sees a worse model.

`python -m benchmarks.false_alarms_of_quality` prints the table of docs/false-alarms.md.

Windows are drawn from the population of the baseline, so every violation in the columns "same" is
a false alarm; then the model is made worse, or one prediction runs away. Draws come from hashes,
so each run prints the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from terrace.batch import Batch
from terrace.monitors.model_quality import KIND, ModelQuality, ModelQualityOptions

SIZES = (50, 100, 300, 1000)
LEARNT = 20_000
WINDOWS = 100
_HASHES = 2**64
_CONNECTION = duckdb.connect()


def _uniform(seed: int, draw: int) -> str:
    return f"((hash(i, {seed}, {draw}) + 1) / {_HASHES}.0::DOUBLE)"


def _normal(seed: int, draw: int) -> str:
    one, other = _uniform(seed, 2 * draw), _uniform(seed, 2 * draw + 1)
    return f"sqrt(-2 * ln({one})) * cos(2 * pi() * {other})"


@dataclass(frozen=True, kw_only=True)
class Population:
    """Where rows come from.

    Attributes:
        rows: A query for label `y`, prediction `p` and, of two classes, score `s`, of rows `i`,
            with a place for the seed and for how much worse the model is than the baseline's.
        worse: By which the errors of a worse model are multiplied.
    """

    name: str
    options: Mapping[str, Any]
    rows: str
    worse: float

    def batch(self, seed: int, size: int, worse: float = 1.0, *, wild: bool = False) -> Batch:
        """Rows of a window."""
        draws = {f"n{draw}": _normal(seed, draw) for draw in range(5)}
        query = self.rows.format(u=_uniform(seed, 99), worse=worse, size=size, **draws)
        if wild:
            query = f"SELECT y, p + CASE WHEN i = 0 THEN 1000 ELSE 0 END AS p FROM ({query})"  # noqa: S608
        return Batch(relation=_CONNECTION.sql(query))


_REGRESSION = {"problem": "regression", "label": "y", "predicted": "p"}
_HEAVY = "({n1}) / sqrt((pow({n2}, 2) + pow({n3}, 2) + pow({n4}, 2)) / 3)"
POPULATIONS = (
    Population(
        name="two classes",
        options={"problem": "binary", "label": "y", "predicted": "p", "score": "s",
                 "positive": "1"},
        rows="SELECT i, y, (s > 0.5)::INT AS p, s FROM (SELECT i, y, "
        "1 / (1 + exp(-(2.5 * (y - 0.5) + {worse} * ({n1})))) AS s FROM "
        "(SELECT i, ({u} < 0.3)::INT AS y FROM range({size}) t(i)))",
        worse=1.5,
    ),
    Population(
        name="errors of a normal distribution",
        options=_REGRESSION,
        rows="SELECT i, y, y + {worse} * ({n1}) AS p FROM "
        "(SELECT i, 10 * ({n0}) AS y FROM range({size}) t(i))",
        worse=1.3,
    ),
    Population(
        name="errors with heavy tails (t, 3 degrees)",
        options=_REGRESSION,
        rows=f"SELECT i, y, y + {{worse}} * {_HEAVY} AS p FROM "  # noqa: S608  # numbers
        "(SELECT i, 10 * ({n0}) AS y FROM range({size}) t(i))",
        worse=1.3,
    ),
)  # fmt: skip


def main() -> None:
    """Prints the table of each population."""
    console = Console(width=110)
    for population in POPULATIONS:
        console.print(_table(population))


def _table(of: Population) -> Table:
    table = Table(title=f"{of.name}: share of {WINDOWS} windows with a violation")
    is_regression = of.options["problem"] == "regression"
    wild = ["one prediction off by 1,000"] if is_regression else []
    for column in ("rows", "same", f"errors times {of.worse}", *wild):
        table.add_column(column, justify="right")
    options = ModelQualityOptions.model_validate(of.options)
    monitor = KIND.load(KIND.suggest(of.batch(0, LEARNT), options), options)
    for size in SIZES:
        shares = [_share(monitor, of, size, worse=worse) for worse in (1.0, of.worse)]
        if is_regression:
            shares.append(_share(monitor, of, size, wild=True))
        table.add_row(f"{size:,}", *(f"{share:.1%}" for share in shares))
    return table


def _share(
    monitor: ModelQuality, of: Population, size: int, worse: float = 1.0, *, wild: bool = False
) -> float:
    windows = (of.batch(seed, size, worse, wild=wild) for seed in range(1, WINDOWS + 1))
    return sum(bool(monitor.check(monitor.observe(one)).violations) for one in windows) / WINDOWS


if __name__ == "__main__":
    main()
