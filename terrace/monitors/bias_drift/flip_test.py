"""Flip Test (FT): would the disadvantaged be predicted otherwise, were they like the others?

FT needs rows, not counts, so a window keeps a sample of them: those with the smallest hashes,
which adds like any other state. Of few rows it has all, and FT is then exact.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from terrace.monitors.bias_drift.table import Undefined

KEPT = 1000  # rows at most
_NEIGHBOURS, _FEW = 5, 9

NAME, DESCRIPTION = "FT", "Flip Test (FT)"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: its features, whether it is of each facet's disadvantaged, its prediction."""

    features: tuple[float, ...]
    disadvantaged: tuple[str | None, ...]
    predicted: bool


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Rows by their hash, and how often each came; there are no more than a thousand."""

    rows: dict[int, tuple[Row, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[int, Row, int]]) -> Self:
        """Of rows with their hash, and how often each came, the smallest hashes."""
        kept: dict[int, tuple[Row, int]] = {}
        for place, row, count in rows:
            kept[place] = (row, kept[place][1] + count if place in kept else count)
        return cls(rows=dict(sorted(kept.items())[:KEPT]))

    def __add__(self, other: Self) -> Self:
        """The sample of both sets of rows together."""
        return type(self).of(
            (place, *held) for sample in (self, other) for place, held in sample.rows.items()
        )

    def dump(self) -> list[Any]:
        """As JSON."""
        return [
            [str(place), list(row.features), list(row.disadvantaged), row.predicted, count]
            for place, (row, count) in self.rows.items()
        ]

    @classmethod
    def load(cls, dumped: Iterable[Sequence[Any]]) -> Self:
        """From JSON, as `dump` gives it."""
        return cls.of(
            (
                int(place),
                Row(features=tuple(features), disadvantaged=tuple(sides), predicted=predicted),
                count,
            )
            for place, features, sides, predicted, count in dumped
        )


def flip_test(sample: Sample, facet: int, values: Iterable[str]) -> float:
    """(flips to the better - flips to the worse) / rows of the disadvantaged, in [-1, 1].

    A row of the disadvantaged flips where its prediction differs from what most of its 5 nearest
    neighbours among the others have (1 neighbour where these are fewer than 10).

    Args:
        sample: The rows.
        facet: The place of the facet among all.
        values: Its values of the disadvantaged.

    Raises:
        Undefined: One side has no rows.
    """
    wanted = set(values)
    others: list[Row] = []
    disadvantaged: list[Row] = []
    for row, count in sample.rows.values():
        side = disadvantaged if row.disadvantaged[facet] in wanted else others
        side += [row] * count
    if not others or not disadvantaged:
        raise Undefined("one side of the facet has no row with a prediction")
    neighbours = _NEIGHBOURS if len(others) > _FEW else 1
    flips = 0
    for row in disadvantaged:
        near = sorted(others, key=lambda other: math.dist(row.features, other.features))
        votes = sum(other.predicted for other in near[:neighbours])
        flips += row.predicted - (votes * 2 > neighbours)
    return flips / len(disadvantaged)
