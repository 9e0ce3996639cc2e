"""When a metric is worse than the baseline's, and when data cannot say anything of bias."""

import math
from collections.abc import Iterator

from terrace.errors import TerraceError
from terrace.monitor import Violation
from terrace.monitors.bias_drift.options import BiasDriftOptions
from terrace.monitors.bias_drift.outcomes import Outcomes
from terrace.monitors.bias_drift.pairs import Pair
from terrace.monitors.bias_drift.state import BiasDriftState

_CHECK = "bias_drift_check"
_OF_SAMPLES = 3.0


class InvalidFacet(TerraceError):
    """Data whose facet says nothing."""


class InvalidLabel(TerraceError):
    """Data whose label says nothing."""


def violation(pair: Pair, tolerance: float) -> Violation | None:
    """The violation of a metric that is farther from its ideal than in the baseline.

    The ideal is 1 for DI and 0 for all others. A DI that moves down from 1 is a violation, too,
    which Clarify's own monitor does not report.
    """
    observed, expected = pair.observed, pair.expected
    value, before = observed.measure.value, expected.measure.value
    if value is None or before is None:
        return None
    ideal = 1.0 if observed.metric == "DI" else 0.0
    if observed.sampled or expected.sampled:
        tolerance = max(tolerance, _OF_SAMPLES)
    if abs(value - ideal) - tolerance * _deviation(pair) <= abs(before - ideal):
        return None
    return Violation(
        feature=observed.name,
        check=_CHECK,
        description=f"Value {value} does not meet the constraint requirement {before}",
        value=value,
        threshold=before,
        members={
            "facet": observed.facet,
            "facet_value": observed.value_or_threshold,
            "metric_name": observed.metric,
        },
    )


def _deviation(pair: Pair) -> float:
    """The standard deviation of the metric in a window of this size that is like the baseline.

    From the baseline's where its file has one, for a window that is bad may vary more, too. A
    baseline of Clarify has none, so that of the window is taken.
    """
    observed, expected = pair.observed.measure, pair.expected.measure
    if expected.standard_deviation is None or not expected.size or not observed.size:
        return observed.standard_deviation or 0.0
    return expected.standard_deviation * math.sqrt(expected.size / observed.size)


def refuse(state: BiasDriftState, options: BiasDriftOptions) -> None:
    """Sees to it that what a baseline's options name is in the data.

    Raises:
        InvalidLabel: No label is what is hoped for, or a prediction is written otherwise.
        InvalidFacet: A value that is named never comes.
    """
    labels, predictions = state.labels, state.predictions
    if labels.rows:
        if not labels.hoped_for:
            raise InvalidLabel(_without_positive(options, options.label, labels))
        never = options.positives - {*labels.hoped_for, *predictions.hoped_for}
        if options.positive and never:
            raise InvalidLabel(
                f"positive got {', '.join(sorted(never))}, which never comes; {options.label!r} "
                f"has {labels}"
            )
    other_words = set(predictions.others) - {*labels.hoped_for, *labels.others}
    if options.positive and predictions.rows and not predictions.hoped_for and other_words:
        raise InvalidLabel(_without_positive(options, options.predicted, predictions))
    for facet, counts in zip(options.facets(), state.facets, strict=False):
        if absent := set(facet.values) - set(counts.values):
            if absent == set(facet.values):
                continue  # told of as a side without rows
            raise InvalidFacet(
                f"facet_values got {', '.join(sorted(absent))}, which never comes; "
                f"{facet.name!r} has {', '.join(counts.values[:10])}"
            )


def unheard(state: BiasDriftState, options: BiasDriftOptions) -> Iterator[Violation]:
    """That a window has not one label, or not one prediction, that is hoped for.

    It may be so, but more often it is written otherwise than in the baseline; shares of nothing
    are alike on both sides and would pass.
    """
    for column, outcomes in (
        (options.label, state.labels),
        (options.predicted, state.predictions),
    ):
        if column and outcomes.rows and not outcomes.hoped_for:
            yield Violation(
                feature=column,
                check="positive_label_check",
                description=_without_positive(options, column, outcomes),
                value=0.0,
                threshold=1.0,
            )


def _without_positive(options: BiasDriftOptions, column: str | None, outcomes: Outcomes) -> str:
    if options.label_threshold is not None:
        return (
            f"label_threshold got {options.label_threshold}; none of the {outcomes.rows} values of "
            f"{column!r} is above it"
        )
    return (
        f"positive got {', '.join(options.positive)}; {column!r} has {outcomes} in "
        f"{outcomes.rows} rows"
    )
