"""The checks of data quality, each a function from what was observed to violations.

The names of the checks and the words of their messages are SageMaker Model Monitor's.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from terrace.monitor import NO_RECORDS, Violation
from terrace.monitors.data_quality.baseline import (
    ROBUST_QUANTILE,
    Baseline,
    FeatureBaseline,
    Monitoring,
)
from terrace.monitors.data_quality.state import DataQualityState, FeatureState

DRIFT = "baseline_drift_check"


def violations(state: DataQualityState, baseline: Baseline) -> Iterator[Violation]:
    """Everything that does not hold."""
    if not state.records:
        yield NO_RECORDS
        return
    yield from columns(state, baseline)
    for name, expected in baseline.features.items():
        if observed := state.features.get(name):
            yield from data_type(observed, expected, baseline.monitoring)
            yield from completeness(observed, expected)
            yield from non_negative(observed, expected)
            yield from categorical_values(observed, expected, baseline.monitoring)
            yield from drift(observed, expected, baseline.monitoring)


def columns(state: DataQualityState, baseline: Baseline) -> Iterator[Violation]:
    """missing_column_check and extra_column_check: the window has the baseline's columns."""
    expected, observed = len(baseline.features), len(state.features)
    for name in baseline.features.keys() - state.features.keys():
        yield Violation(
            feature=name,
            check="missing_column_check",
            description=f"There are missing columns in current dataset. Number of columns in "
            f"current dataset: {observed}, Number of columns in baseline constraints: {expected}",
        )
    for name in state.features.keys() - baseline.features.keys():
        yield Violation(
            feature=name,
            check="extra_column_check",
            description=f"There are extra columns in current dataset. Number of columns in "
            f"current dataset: {observed}, Number of columns in baseline constraints: {expected}",
        )


def data_type(
    observed: FeatureState, expected: FeatureBaseline, monitoring: Monitoring
) -> Iterator[Violation]:
    """data_type_check: enough of the values are of the baseline's type."""
    if expected.inferred_type == "Unknown" or not observed.present:
        return
    share = observed.matching(expected.inferred_type) / observed.present
    if share < monitoring.datatype_threshold:
        yield Violation(
            feature=expected.name,
            check="data_type_check",
            description=f"Data type match requirement is not met. Expected data type: "
            f"{expected.inferred_type}, Expected match: {monitoring.datatype_threshold * 100}%. "
            f"Observed: Only {share * 100}% of data is {expected.inferred_type}.",
            value=share,
            threshold=monitoring.datatype_threshold,
        )


def completeness(observed: FeatureState, expected: FeatureBaseline) -> Iterator[Violation]:
    """completeness_check: enough of the rows have a value."""
    if expected.completeness is None:
        return
    share = observed.present / observed.rows
    if share < expected.completeness:
        yield Violation(
            feature=expected.name,
            check="completeness_check",
            description=f"Completeness requirement is not met. Expected completeness: "
            f"{expected.completeness * 100}%. Observed: Only {share * 100}% of data is complete.",
            value=share,
            threshold=expected.completeness,
        )


def non_negative(observed: FeatureState, expected: FeatureBaseline) -> Iterator[Violation]:
    """is_non_negative: no number is below zero where none was in the baseline."""
    if expected.non_negative and observed.negative:
        share = observed.negative / observed.present
        yield Violation(
            feature=expected.name,
            check="non_negative_check",
            description=f"Numbers are expected not to be negative. Observed: {share * 100}% of "
            f"data is negative.",
            value=share,
            threshold=0.0,
        )


def categorical_values(
    observed: FeatureState, expected: FeatureBaseline, monitoring: Monitoring
) -> Iterator[Violation]:
    """categorical_values_check: enough of the values are among the baseline's."""
    if expected.domain is None or not observed.present:
        return
    known = sum(count for name, count in observed.known.items() if name in expected.domain)
    share = known / observed.present
    if share < monitoring.domain_threshold:
        yield Violation(
            feature=expected.name,
            check="categorical_values_check",
            description=f"Value range of categorical column does not match with expected. "
            f"Expected match: {monitoring.domain_threshold * 100}%. "
            f"Observed: Only {share * 100}% of data has known values.",
            value=share,
            threshold=monitoring.domain_threshold,
        )


def drift(
    observed: FeatureState, expected: FeatureBaseline, monitoring: Monitoring
) -> Iterator[Violation]:
    """baseline_drift_check: the distribution is not farther from the baseline's than allowed."""
    compared = comparison(observed, expected)
    found = compared.distance(robust=monitoring.robust) if compared else None
    if monitoring.compare and found is not None and found > monitoring.drift_threshold:
        yield Violation(
            feature=expected.name,
            check=DRIFT,
            description=f"Baseline drift distance: {found} exceeds threshold: "
            f"{monitoring.drift_threshold}",
            value=found,
            threshold=monitoring.drift_threshold,
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A window's values of a feature beside the baseline's.

    Attributes:
        gap: The largest difference: of the cumulative distributions of a number, of the shares
            of a text's categories. Between 0 and 1.
        ours: How many values the window has.
        theirs: And the baseline.
        cumulative: Whether the gap is of a number.
    """

    gap: float
    ours: int
    theirs: int
    cumulative: bool

    def distance(self, *, robust: bool) -> float:
        """The L-infinity distance from the baseline.

        The robust one takes off what chance alone gives samples of these sizes:
        max(0, D - c sqrt((n + m) / (n m))), with c = 1.8.
        """
        chance = ROBUST_QUANTILE / math.sqrt(self._size) if robust else 0.0
        return max(0.0, self.gap - chance)

    @property
    def chance(self) -> float:
        """With what probability a window like the baseline has such a gap, at most.

        2 exp(-2 D^2 n m / (n + m)) for a number (Smirnov 1948). A share is the difference of two
        cumulative ones, so half the gap of the shares is taken.
        """
        gap = self.gap if self.cumulative else self.gap / 2
        return min(1.0, 2 * math.exp(-2 * gap * gap * self._size))

    @property
    def _size(self) -> float:
        return self.ours * self.theirs / (self.ours + self.theirs)


def comparison(observed: FeatureState, expected: FeatureBaseline) -> Comparison | None:
    """How a feature compares; None where one has no values, or the baseline no histogram."""
    if expected.bins:
        ours, theirs = observed.bins, expected.bins
        gap = _largest_gap(ours, theirs)
    elif expected.categories is not None:
        names = list(expected.categories)
        ours = (*(observed.known.get(name, 0) for name in names), observed.unknown)
        theirs = (*(expected.categories[name] for name in names), 0)
        gap = _largest_share(ours, theirs)
    else:
        return None
    if gap is None:
        return None
    numbers = bool(expected.bins)
    return Comparison(gap=gap, ours=sum(ours), theirs=sum(theirs), cumulative=numbers)


def distance(observed: FeatureState, expected: FeatureBaseline, *, robust: bool) -> float | None:
    """The L-infinity distance of a feature; None where it cannot be compared."""
    compared = comparison(observed, expected)
    return compared.distance(robust=robust) if compared else None


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


def _largest_gap(ours: Sequence[int], theirs: Sequence[int]) -> float | None:
    n, m = sum(ours), sum(theirs)
    if not n or not m:
        return None
    largest, ours_below, theirs_below = 0.0, 0, 0
    for own, other in zip(ours, theirs, strict=True):
        ours_below, theirs_below = ours_below + own, theirs_below + other
        largest = max(largest, abs(ours_below / n - theirs_below / m))
    return largest


def _largest_share(ours: Sequence[int], theirs: Sequence[int]) -> float | None:
    n, m = sum(ours), sum(theirs)
    if not n or not m:
        return None
    return max(abs(own / n - other / m) for own, other in zip(ours, theirs, strict=True))
