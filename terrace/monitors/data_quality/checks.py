"""The checks of data quality, each a function from what was observed to violations.

The names of the checks and the words of their messages are SageMaker Model Monitor's.
"""

from collections.abc import Iterator

from terrace.monitor import NO_RECORDS, Violation
from terrace.monitors.data_quality.baseline import Baseline, FeatureBaseline
from terrace.monitors.data_quality.comparison import distance
from terrace.monitors.data_quality.state import DataQualityState, FeatureState

DRIFT = "baseline_drift_check"


def violations(state: DataQualityState, baseline: Baseline) -> Iterator[Violation]:
    """Everything that does not hold."""
    if not state.records:
        yield NO_RECORDS
        return
    if baseline.monitoring.evaluate:
        yield from columns(state, baseline)
    for name, expected in baseline.evaluated.items():
        if observed := state.features.get(name):
            yield from data_type(observed, expected)
            yield from completeness(observed, expected)
            yield from non_negative(observed, expected)
            yield from categorical_values(observed, expected)
            yield from drift(observed, expected)


def columns(state: DataQualityState, baseline: Baseline) -> Iterator[Violation]:
    """missing_column_check and extra_column_check: the window has the baseline's columns."""
    expected, observed = len(baseline.features), len(state.features)
    for name in (name for name in baseline.evaluated if name not in state.features):
        yield Violation(
            feature=name,
            check="missing_column_check",
            description=f"There are missing columns in current dataset. Number of columns in "
            f"current dataset: {observed}, Number of columns in baseline constraints: {expected}",
        )
    for name in (name for name in state.features if name not in baseline.features):
        yield Violation(
            feature=name,
            check="extra_column_check",
            description=f"There are extra columns in current dataset. Number of columns in "
            f"current dataset: {observed}, Number of columns in baseline constraints: {expected}",
        )


def data_type(observed: FeatureState, expected: FeatureBaseline) -> Iterator[Violation]:
    """data_type_check: enough of the values are of the baseline's type."""
    monitoring = expected.monitoring
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


def categorical_values(observed: FeatureState, expected: FeatureBaseline) -> Iterator[Violation]:
    """categorical_values_check: enough of the values are among the baseline's."""
    monitoring = expected.monitoring
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


def drift(observed: FeatureState, expected: FeatureBaseline) -> Iterator[Violation]:
    """baseline_drift_check: the distribution is not farther from the baseline's than allowed."""
    monitoring, found = expected.monitoring, distance(observed, expected)
    if not monitoring.compare or found is None:
        return
    threshold = monitoring.drift_threshold if expected.edges else monitoring.threshold_of_texts
    by_chance = not expected.edges and monitoring.categorical_method == "ChiSquared"
    if found < threshold if by_chance else found > threshold:
        words = "Baseline drift distance: {} exceeds"
        if expected.by_length:
            words = "Baseline drift distance of the texts' lengths: {} exceeds"
        if by_chance:
            words = "Baseline drift, chi-squared probability: {} is below"
        yield Violation(
            feature=expected.name,
            check=DRIFT,
            description=f"{words.format(found)} threshold: {threshold}",
            value=found,
            threshold=threshold,
        )
