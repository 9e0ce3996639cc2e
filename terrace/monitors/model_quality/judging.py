"""What a window of model quality violates, and how much of the baseline it was compared with."""

from collections.abc import Iterator, Mapping

from terrace.monitor import Compared, Violation
from terrace.monitors.model_quality.constraints import Baseline
from terrace.monitors.model_quality.options import ModelQualityOptions
from terrace.monitors.model_quality.state import ModelQualityState
from terrace.monitors.uncertainty import Measure

_MOST_UNUSABLE = 0.01  # as share of all rows; records that are no rows are held to the same


def violations(
    state: ModelQualityState,
    measures: Mapping[str, Measure],
    baseline: Baseline,
    options: ModelQualityOptions,
) -> Iterator[Violation]:
    """Everything that does not hold."""
    rows = state.records + state.unusable
    share = state.unusable / rows if rows else 0.0
    if share > _MOST_UNUSABLE:
        yield Violation(
            feature=options.predicted,
            check="prediction_check",
            description=f"{state.unusable} of {rows} rows have no "
            "prediction that can be compared: it is missing, or no finite number.",
            value=share,
            threshold=_MOST_UNUSABLE,
        )
    if not state.records:
        return
    if not state.labelled:
        yield Violation(
            feature="Missing labels",
            check="labels_check",
            description=f"None of the {state.records} predictions has a label yet, so nothing "
            "could be compared.",
            value=0,
            threshold=1,
        )
        return
    for name, count in _strangers(state, baseline.classes).items():
        yield Violation(
            feature=options.label,
            check="class_check",
            description=f"{count} rows have the class {name!r}, which the baseline has not: "
            f"expected one of {', '.join(baseline.classes)}.",
            value=count / state.labelled,
            threshold=0.0,
        )
    for constraint in baseline.constraints:
        measure = measures.get(constraint.metric, Measure(value=None))
        if found := constraint.violation(measure, options.tolerance):
            yield found


def compared(
    state: ModelQualityState,
    measures: Mapping[str, Measure],
    baseline: Baseline,
    options: ModelQualityOptions,
) -> Compared:
    """The metrics that have a value in the window."""
    reasons = {
        constraint.metric: _reason(constraint.metric, state, options)
        for constraint in baseline.constraints
        if measures.get(constraint.metric, Measure(value=None)).value is None
    }
    asked = len(baseline.constraints)
    return Compared(what="metrics", count=asked - len(reasons), of=asked, reasons=reasons)


def _reason(metric: str, state: ModelQualityState, options: ModelQualityOptions) -> str:
    if not state.labelled:
        return "no prediction of the window has a label"
    if metric == "auc" and not options.score:
        return "no column with scores is named (score)"
    return "it is undefined for the rows of the window"


def notes(state: ModelQualityState) -> Iterator[str]:
    """What of a window is no part of its metrics."""
    if state.waiting:
        yield f"{state.waiting} of {state.records} predictions wait for their label"
    if state.unusable:
        yield f"{state.unusable} rows have no prediction that can be compared"
    if state.scores.on_grid:
        yield "auc: there are too many different scores to keep, so they are cut to steps of 1/256"


def _strangers(state: ModelQualityState, classes: tuple[str, ...]) -> dict[str, int]:
    """How many rows are of a class that is not among these, which may not be known."""
    found: dict[str, int] = {}
    for cell, count in state.cells.items():
        for name in set(cell) - set(classes or cell):
            found[name] = found.get(name, 0) + count
    return dict(sorted(found.items()))
