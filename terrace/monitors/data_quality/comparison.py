"""A window's values of a feature beside the baseline's: how far apart they are, by each method."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from terrace.monitors.chi_squared import beyond
from terrace.monitors.data_quality.baseline import ROBUST_QUANTILE, FeatureBaseline
from terrace.monitors.data_quality.monitoring import Method
from terrace.monitors.data_quality.state import FeatureState

_LEAST_SHARE = 1e-4  # of an empty bin, where a logarithm is taken of it
_LEAST_EXPECTED = 5.0  # of a category, below which the chi-squared distribution is no good guide


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Counts of the same bins or categories.

    Attributes:
        ours: The window's.
        theirs: The baseline's.
        edges: The bins' upper bounds, one less than bins; none where these are categories.
        shift: How far apart the means of numbers are, where both are known.
    """

    ours: Sequence[int]
    theirs: Sequence[int]
    edges: Sequence[float] = ()
    shift: float = 0.0

    @property
    def shares(self) -> list[tuple[float, float]]:
        """The share of each bin, in the window and in the baseline."""
        n, m = sum(self.ours), sum(self.theirs)
        return [(own / n, other / m) for own, other in zip(self.ours, self.theirs, strict=True)]

    @property
    def cumulated(self) -> list[tuple[float, float]]:
        """The shares up to and with each bin."""
        ours, theirs = zip(*self.shares, strict=True)
        return list(zip(accumulate(ours), accumulate(theirs), strict=True))

    @property
    def gap(self) -> float:
        """The largest difference: of cumulative shares of a number, of shares of categories."""
        compared = self.cumulated if self.edges else self.shares
        return max(abs(own - other) for own, other in compared)

    @property
    def chance(self) -> float:
        """With what probability a window like the baseline has such a gap, at most.

        2 exp(-2 D^2 n m / (n + m)) for a number (Smirnov 1948). A share is the difference of two
        cumulative ones, so half the gap of the shares is taken.
        """
        gap = self.gap if self.edges else self.gap / 2
        return min(1.0, 2 * math.exp(-2 * gap * gap * self.size))

    @property
    def size(self) -> float:
        """n m / (n + m), which is what both sample sizes come to."""
        n, m = sum(self.ours), sum(self.theirs)
        return n * m / (n + m)


def simple(of: Comparison) -> float:
    """L-infinity distance, in [0, 1]: of a number, the two-sample Kolmogorov-Smirnov statistic."""
    return of.gap


def robust(of: Comparison) -> float:
    """L-infinity distance less what chance alone gives samples of these sizes, in [0, 1].

    max(0, D - c sqrt((n + m) / (n m))), with c = 1.8.
    """
    return max(0.0, of.gap - ROBUST_QUANTILE / math.sqrt(of.size))


def stability_index(of: Comparison) -> float:
    """Population stability index: the sum of (p - q) log(p / q) over bins, at least 0."""
    floored = ((max(p, _LEAST_SHARE), max(q, _LEAST_SHARE)) for p, q in of.shares)
    return sum((p - q) * math.log(p / q) for p, q in floored)


def jensen_shannon(of: Comparison) -> float:
    """Jensen-Shannon distance, the root of the divergence to the base of 2, in [0, 1]."""
    terms = (
        share * math.log2(2 * share / (p + q)) for p, q in of.shares for share in (p, q) if share
    )
    return math.sqrt(max(0.0, sum(terms) / 2))


def wasserstein(of: Comparison) -> float:
    """Wasserstein distance as a share of the baseline's range; of categories, half the L1 one.

    Values are taken to lie at their bins' upper bounds, those outside of the baseline's range at
    its ends. The distance of the means, which is never more than Wasserstein's, is taken where it
    is greater: it has also what lies outside. A constant has no range, so the share of values that
    moved from it is taken.
    """
    filled = [edge for edge, count in zip(of.edges, of.theirs, strict=False) if count]
    wide = filled[-1] - filled[0] if filled else 0.0
    if not wide:
        return sum(abs(p - q) for p, q in of.shares) / 2
    steps = zip(of.edges[:-1], of.edges[1:], of.cumulated[:-1], strict=False)
    # Each term is divided, since a range may be as wide as a number can be.
    binned = sum(
        abs(own - other) * ((high / wide) - (low / wide)) for low, high, (own, other) in steps
    )
    return max(binned, of.shift / wide)


def chi_squared(of: Comparison) -> float:
    """With what probability two samples of the same categories differ as much, in [0, 1].

    Pearson's test of homogeneity. Categories that are too rare for it are taken together.
    """
    n, m = sum(of.ours), sum(of.theirs)
    table: list[tuple[int, int]] = []
    rare = (0, 0)
    for own, other in zip(of.ours, of.theirs, strict=True):
        if (own + other) * min(n, m) / (n + m) < _LEAST_EXPECTED:
            rare = (rare[0] + own, rare[1] + other)
        else:
            table.append((own, other))
    table += [rare] if sum(rare) else []
    statistic = 0.0
    for own, other in table:
        for count, rows in ((own, n), (other, m)):
            expected = (own + other) * rows / (n + m)
            statistic += (count - expected) ** 2 / expected
    return beyond(statistic, len(table) - 1)


METHODS: Mapping[Method, Callable[[Comparison], float]] = {
    "Robust": robust,
    "Simple": simple,
    "PSI": stability_index,
    "JensenShannon": jensen_shannon,
    "Wasserstein": wasserstein,
}


def comparison(observed: FeatureState, expected: FeatureBaseline) -> Comparison | None:
    """How a feature compares; None where one has no values, or the baseline no histogram."""
    ours: Sequence[int] = observed.bins
    theirs: Sequence[int] = expected.bins
    if not expected.bins:
        if expected.categories is None:
            return None
        ours = (*(observed.known.get(name, 0) for name in expected.categories), observed.unknown)
        theirs = (*expected.categories.values(), expected.other)
    if not sum(ours) or not sum(theirs):
        return None
    shift = 0.0
    if expected.mean is not None and observed.moments.count:
        shift = abs(observed.moments.mean - expected.mean)
    return Comparison(ours=ours, theirs=theirs, edges=expected.edges, shift=shift)


def distance(observed: FeatureState, expected: FeatureBaseline) -> float | None:
    """How far a feature is from the baseline, by its method; None where it cannot be compared."""
    compared = comparison(observed, expected)
    if compared is None:
        return None
    if not compared.edges and expected.monitoring.categorical_method == "ChiSquared":
        return chi_squared(compared)
    return METHODS[expected.monitoring.method](compared)


def discovered(chances: Mapping[str, float], rate: float) -> set[str]:
    """The features whose gap is no chance, however many features there are.

    Of those that are named, at most a share of `rate` is named wrongly, in expectation
    (Benjamini and Hochberg 1995).
    """
    ranked = sorted(chances, key=lambda name: chances[name])
    kept = 0
    for rank, name in enumerate(ranked, start=1):
        if chances[name] <= rate * rank / len(ranked):
            kept = rank
    return set(ranked[:kept])
