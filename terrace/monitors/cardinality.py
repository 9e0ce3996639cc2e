"""Cardinality: does each column still have about as many different values?

An identifier that slipped into a category, a sensor that is stuck, a code list that was swapped:
the shares of the known values may look right while their number does not.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import Field

from terrace.batch import Batch, Layout, quoted
from terrace.codec import packed, unpacked
from terrace.errors import TerraceError
from terrace.monitor import Compared, Files, Options, Result, Violation, judged

NAME = "cardinality"
_KEPT = 256  # of the smallest hashes; an estimate is off by about 6 %
_HASHES = 2.0**64


class InvalidCardinality(TerraceError):
    """A baseline of cardinality that cannot be used."""


class CardinalityOptions(Options):
    """Does each column still have about as many different values?"""

    growth: float = Field(
        3.0, gt=1, description="Violated with more than so many times the baseline's values."
    )
    minimum_records: int = Field(
        100, ge=1, description="A window of fewer records is not asked whether a column is stuck."
    )


@dataclass(frozen=True, kw_only=True)
class Values:
    """The different values of a column: the smallest of their hashes.

    Hashes lie evenly, so where the k-th smallest lies tells how many there are (Bar-Yossef and
    others 2002). With fewer than k, the count is exact.
    """

    smallest: tuple[int, ...] = ()

    def __add__(self, other: Self) -> Self:
        """The values of both sets of rows together."""
        both = sorted({*self.smallest, *other.smallest})
        return type(self)(smallest=tuple(both[:_KEPT]))

    @property
    def count(self) -> float:
        """How many different values there are."""
        if len(self.smallest) < _KEPT:
            return float(len(self.smallest))
        return (_KEPT - 1) / (self.smallest[-1] / _HASHES)


@dataclass(frozen=True, kw_only=True)
class CardinalityState:
    """The different values of every column of a window."""

    records: int = 0
    columns: dict[str, Values] = field(default_factory=dict)

    def __add__(self, other: Self) -> Self:
        """The state of both sets of rows together."""
        names = [*self.columns, *(name for name in other.columns if name not in self.columns)]
        none = Values()
        return type(self)(
            records=self.records + other.records,
            columns={
                name: self.columns.get(name, none) + other.columns.get(name, none) for name in names
            },
        )

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        columns = {name: list(values.smallest) for name, values in self.columns.items()}
        return packed(NAME, {"records": self.records, "columns": columns})


def observe(batch: Batch) -> CardinalityState:
    """The state of a batch, by one scan."""
    names = list(batch.columns)
    if not names:
        return CardinalityState()
    parts = ["count(*)"]
    for name in names:
        # Unlike DuckDB's own hash, this one is the same in every version of it.
        value = f"md5_number_lower(CAST({quoted(name)} AS VARCHAR))"
        parts.append(f"min(DISTINCT {value}, {_KEPT})")
    (row,) = batch.relation.aggregate(", ".join(parts)).fetchall()
    if not row[0]:
        return CardinalityState()
    columns = {
        name: Values(smallest=tuple(sorted(smallest or ())))
        for name, smallest in zip(names, row[1:], strict=True)
    }
    return CardinalityState(records=row[0], columns=columns)


@dataclass(frozen=True, kw_only=True)
class Cardinality:
    """The monitor, with how many values each column had in the baseline."""

    baseline: dict[str, float]
    options: CardinalityOptions

    @property
    def layout(self) -> Layout:
        """The baseline's columns."""
        return Layout(features=tuple(self.baseline))

    def zero(self) -> CardinalityState:
        """The state of no rows."""
        return CardinalityState()

    def observe(self, batch: Batch) -> CardinalityState:
        """The state of a batch."""
        return observe(batch)

    def check(self, state: CardinalityState) -> Result:
        """Which columns have too many values, or a single one where there were more."""
        counts = {
            name: state.columns[name].count for name in self.baseline if name in state.columns
        }
        found = [self._violation(name, count, state.records) for name, count in counts.items()]
        absent = [name for name in self.baseline if name not in counts]
        compared = Compared(
            what="columns",
            count=len(counts),
            of=len(self.baseline),
            reasons=dict.fromkeys(absent, "the window has no such column"),
        )
        return Result(
            records=state.records,
            violations=judged(state.records, filter(None, found), compared),
            compared=compared,
            reports={"statistics": _statistics(state.records, counts)},
            figures={name: count / self.baseline[name] for name, count in counts.items()},
        )

    def load_state(self, dumped: dict[str, Any]) -> CardinalityState:
        """A state, from what its `dump` gave.

        Raises:
            UnreadableState: It is of another kind, or of a newer version.
        """
        content = unpacked(NAME, dumped)
        return CardinalityState(
            records=content["records"],
            columns={
                name: Values(smallest=tuple(kept)) for name, kept in content["columns"].items()
            },
        )

    def _violation(self, name: str, count: float, records: int) -> Violation | None:
        before, most = self.baseline[name], self.baseline[name] * self.options.growth
        stuck = count <= 1 < before and records >= self.options.minimum_records
        if count <= most and not stuck:
            return None
        return Violation(
            feature=name,
            check="cardinality_check",
            description=f"About {count:.0f} different values, the baseline had {before:.0f}. "
            + ("The column is stuck." if stuck else f"Expected at most {most:.0f}."),
            value=count,
            threshold=1.0 if stuck else most,
        )


def _statistics(records: int, counts: dict[str, float]) -> dict[str, Any]:
    features = [{"name": name, "distinct_count": count} for name, count in counts.items()]
    return {"version": 0.0, "dataset": {"item_count": records}, "features": features}


@dataclass(frozen=True, kw_only=True)
class CardinalityKind:
    """How a baseline of cardinality is made and read."""

    name: str = NAME
    options: type[Options] = CardinalityOptions
    files: tuple[str, ...] = ("statistics",)

    def layout(self, _options: CardinalityOptions, features: tuple[str, ...]) -> Layout:
        """The features alone."""
        return Layout(features=features)

    def suggest(self, batch: Batch, _options: CardinalityOptions) -> dict[str, Any]:
        """How many different values each column has.

        Raises:
            InvalidCardinality: The data set has no rows.
        """
        state = observe(batch)
        if not state.records:
            raise InvalidCardinality("the data set has no rows; expected at least one")
        # A column without any value has nothing that could be compared.
        counts = {name: v.count for name, v in state.columns.items() if v.count}
        return {"statistics": _statistics(state.records, counts)}

    def load(self, files: Files, options: CardinalityOptions) -> Cardinality:
        """The monitor.

        Raises:
            InvalidCardinality: The file is no baseline of cardinality.
        """
        try:
            counts = {
                feature["name"]: float(feature["distinct_count"])
                for feature in files["statistics"]["features"]
            }
            if unusable := [n for n, count in counts.items() if not 0 < count < math.inf]:
                raise ValueError(f"distinct_count of {', '.join(unusable)}")
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidCardinality(
                f"statistics.json has no features with name and distinct_count ({error!r}); "
                f"expected what `terrace baseline {NAME}` writes"
            ) from error
        return Cardinality(baseline=counts, options=options)


KIND = CardinalityKind()
