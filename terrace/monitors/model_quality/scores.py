"""How labels lie along the scores, which adds: exact for many different scores, then on a grid."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from terrace.monitors.uncertainty import Measure

# So many different scores are kept as they are; AUC is then exact.
KEPT = 20_000
# Beyond, scores are cut down to a grid whose cells are 1/256 wide, relative to these powers of
# two; all is done by powers of two, so that SQL and Python come to the same cell.
_POWERS = range(-28, 32, 4)


def gridded(score: float) -> float:
    """The lower bound of a score's cell on the grid."""
    width = next(
        (2.0 ** (power - 8) for power in reversed(_POWERS) if abs(score) >= 2.0**power),
        2.0 ** (_POWERS[0] - 8),
    )
    return math.floor(score / width) * width


def gridded_sql(score: str) -> str:
    """The same, as SQL."""
    cases = " ".join(
        f"WHEN abs({score}) >= {2.0**power!r}::DOUBLE "
        f"THEN floor({score} / {2.0 ** (power - 8)!r}::DOUBLE) * {2.0 ** (power - 8)!r}::DOUBLE"
        for power in reversed(_POWERS)
    )
    least = f"{2.0 ** (_POWERS[0] - 8)!r}::DOUBLE"
    return f"CASE {cases} ELSE floor({score} / {least}) * {least} END"


@dataclass(frozen=True, kw_only=True)
class Scores:
    """How many negatives and positives each score has."""

    counts: dict[float, tuple[int, int]] = field(default_factory=dict)
    on_grid: bool = False

    @classmethod
    def of(cls, counts: Mapping[float, tuple[int, int]], *, on_grid: bool = False) -> Self:
        """Scores as they are where these are few, else on the grid."""
        if on_grid or len(counts) > KEPT:
            cut: dict[float, tuple[int, int]] = {}
            for score, (negatives, positives) in counts.items():
                place = gridded(score)
                before = cut.get(place, (0, 0))
                cut[place] = (before[0] + negatives, before[1] + positives)
            return cls(counts=cut, on_grid=True)
        return cls(counts=dict(counts))

    def __add__(self, other: Self) -> Self:
        """The scores of both sets of rows together."""
        both = dict(self.counts)
        for score, (negatives, positives) in other.counts.items():
            before = both.get(score, (0, 0))
            both[score] = (before[0] + negatives, before[1] + positives)
        return type(self).of(both, on_grid=self.on_grid or other.on_grid)

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        listed = [[score, *counts] for score, counts in sorted(self.counts.items())]
        return {"on_grid": self.on_grid, "counts": listed}

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> Self:
        """From JSON, as `dump` gives it."""
        counts = {float(score): (neg, pos) for score, neg, pos in dumped["counts"]}
        return cls(counts=counts, on_grid=bool(dumped["on_grid"]))

    @property
    def totals(self) -> tuple[int, int]:
        """All negatives and all positives."""
        return (
            sum(negatives for negatives, _ in self.counts.values()),
            sum(positives for _, positives in self.counts.values()),
        )

    def auc(self) -> Measure:
        """Area under the receiver operating characteristic curve.

        The share of pairs of a positive and a negative in which the positive has the higher
        score, ties counting half; its deviation is DeLong's (DeLong and others 1988). Undefined
        without both classes.
        """
        negatives, positives = self.totals
        if not negatives or not positives:
            return Measure(value=None)
        # Of a positive, the share of negatives below it; of a negative, of positives above it.
        above, below = positives, 0
        of_positives: list[tuple[int, float]] = []
        of_negatives: list[tuple[int, float]] = []
        for _, (neg, pos) in sorted(self.counts.items()):
            above -= pos
            of_positives.append((pos, (below + neg / 2) / negatives))
            of_negatives.append((neg, (above + pos / 2) / positives))
            below += neg
        value = sum(count * share for count, share in of_positives) / positives
        size = negatives * positives / (negatives + positives)
        if negatives < 2 or positives < 2:  # no spread can be told of one
            return Measure(value=value, size=size)
        variance = (
            _spread(of_positives, value) / positives + _spread(of_negatives, value) / negatives
        )
        third = (
            _third(of_positives, value) / positives**2 + _third(of_negatives, value) / negatives**2
        )
        return Measure(
            value=value,
            standard_deviation=math.sqrt(variance),
            size=size,
            skewness=third / variance**1.5 * math.sqrt(size) if variance else None,
        )

    def curves(self, points: int = 200) -> dict[str, dict[str, list[float]]]:
        """The curves of ROC and of precision and recall, from the highest score down.

        Of more points than asked for, some at even distances are kept.
        """
        negatives, positives = self.totals
        if not negatives or not positives:
            return {}
        passed = [(0, 0)]
        for _, (neg, pos) in sorted(self.counts.items(), reverse=True):
            passed.append((passed[-1][0] + neg, passed[-1][1] + pos))
        step = max(1, math.ceil((len(passed) - 1) / points))
        kept = [*passed[:-1:step], passed[-1]]
        return {
            "receiver_operating_characteristic_curve": {
                "false_positive_rates": [neg / negatives for neg, _ in kept],
                "true_positive_rates": [pos / positives for _, pos in kept],
            },
            "precision_recall_curve": {
                "precisions": [pos / (neg + pos) if neg + pos else 1.0 for neg, pos in kept],
                "recalls": [pos / positives for _, pos in kept],
            },
        }


def _spread(shares: list[tuple[int, float]], mean: float) -> float:
    rows = sum(count for count, _ in shares)
    return sum(count * (share - mean) ** 2 for count, share in shares) / (rows - 1)


def _third(shares: list[tuple[int, float]], mean: float) -> float:
    """The third central moment."""
    rows = sum(count for count, _ in shares)
    return sum(count * (share - mean) ** 3 for count, share in shares) / rows
