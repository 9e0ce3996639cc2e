"""How much of the baseline a window was compared with, and why the rest was not."""

from collections.abc import Iterator

from terrace.monitor import Compared
from terrace.monitors.data_quality.baseline import Baseline, FeatureBaseline
from terrace.monitors.data_quality.state import DataQualityState, FeatureState

_OFF = "evaluate_constraints is Disabled in the baseline"


def compared(state: DataQualityState, baseline: Baseline) -> Compared:
    """The features with values on both sides."""
    reasons = {
        name: reason
        for name, expected in baseline.features.items()
        if (reason := _reason(state.features.get(name), expected))
    }
    asked = baseline.evaluated
    return Compared(
        what="features",
        count=sum(name not in reasons for name in asked),
        of=len(asked),
        reasons=reasons,
    )


def _reason(observed: FeatureState | None, expected: FeatureBaseline) -> str | None:
    """Why no value of a feature is compared; None where some are."""
    if not expected.monitoring.evaluate:
        return _OFF
    if expected.inferred_type == "Unknown":
        return "the baseline has no values of it"
    if observed is None:
        return "the window has no such column"
    return None if observed.present else "the window has no values of it"


def notes(state: DataQualityState, baseline: Baseline) -> Iterator[str]:
    """Features whose values are compared, but not how these are distributed."""
    for name, expected in baseline.evaluated.items():
        if _reason(state.features.get(name), expected) is None:
            if not expected.monitoring.compare:
                yield f"{name}: perform_comparison is Disabled in the baseline, so no distance"
            elif not expected.bins and expected.categories is None:
                yield f"{name}: the baseline has no histogram and no list of values, so no distance"
            elif expected.by_length:
                yield f"{name}: it is a free text, so the distance is that of its lengths"
            elif expected.edges and not sum(state.features[name].bins):
                yield f"{name}: the window has no numbers, so no distance"
