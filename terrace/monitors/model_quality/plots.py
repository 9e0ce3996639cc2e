"""The metrics on one scale, the confusion matrix, the curves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from terrace.monitors.model_quality.constraints import Constraint
from terrace.monitors.uncertainty import Measure
from terrace.plots import Curve, Interval, Intervals, Matrix, Plot


def plots(
    metrics: Mapping[str, Any], measures: Mapping[str, Measure], held: Sequence[Constraint]
) -> Iterator[Plot]:
    """What there is to show of a problem's metrics, against the thresholds."""
    thresholds = {constraint.metric: constraint.threshold for constraint in held}
    rows = [
        _interval(name, measure, thresholds.get(name))
        for name, measure in measures.items()
        if measure.finite is not None and not name.endswith("_constant_classifier")
    ]
    if rows:
        yield Intervals(title="Metrics with 95 % intervals, and their thresholds", rows=rows)
    if matrix := metrics.get("confusion_matrix"):
        names = list(matrix)
        counts = [[matrix[label][said] for said in names] for label in names]
        yield Matrix(title="Confusion matrix", names=names, counts=counts)
    if roc := metrics.get("receiver_operating_characteristic_curve"):
        yield Curve(
            title="Receiver operating characteristic",
            x=roc["false_positive_rates"],
            y=roc["true_positive_rates"],
            x_label="false positive rate",
            y_label="true positive rate",
        )
    if precision := metrics.get("precision_recall_curve"):
        yield Curve(
            title="Precision and recall",
            x=precision["recalls"],
            y=precision["precisions"],
            x_label="recall",
            y_label="precision",
        )


def _interval(name: str, measure: Measure, threshold: float | None) -> Interval:
    value, room = measure.finite or 0.0, measure.room
    return Interval(name=name, value=value, low=value - room, high=value + room, baseline=threshold)
