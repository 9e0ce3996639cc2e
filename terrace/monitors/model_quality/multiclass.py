"""The metrics of a classifier with several classes, each class weighing as it is frequent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from terrace.monitors.uncertainty import Measure, jackknife

Cells = Mapping[tuple[str, str], int]  # by label, then by prediction


@dataclass(frozen=True)
class _Class:
    """The rows of one class: predicted right, labelled so, predicted so."""

    right: int = 0
    labelled: int = 0
    predicted: int = 0

    def without(self, *, labelled: bool, predicted: bool) -> "_Class":
        both = labelled and predicted
        return _Class(self.right - both, self.labelled - labelled, self.predicted - predicted)


# A class that never is predicted has a precision of 0 in an average, as in scikit-learn.
Metric = Callable[[_Class], float]


def _recall(of: _Class) -> float:
    return of.right / of.labelled if of.labelled else 0.0


def _precision(of: _Class) -> float:
    return of.right / of.predicted if of.predicted else 0.0


def _f_score(beta: float) -> Metric:
    def measured(of: _Class) -> float:
        weight = beta * beta
        whole = weight * of.labelled + of.predicted
        return (1 + weight) * of.right / whole if whole else 0.0

    return measured


METRICS: dict[str, Metric] = {
    "accuracy": _recall,  # weighted by frequency, recall is accuracy
    "weighted_recall": _recall,
    "weighted_precision": _precision,
    "weighted_f0_5": _f_score(0.5),
    "weighted_f1": _f_score(1),
    "weighted_f2": _f_score(2),
}


def measures(cells: Cells) -> dict[str, Measure]:
    """Every metric, and each of the best constant classifier to compare with."""
    found = {name: _measured(metric, cells) for name, metric in METRICS.items()}
    labelled: dict[str, int] = {}
    for (label, _), count in cells.items():
        labelled[label] = labelled.get(label, 0) + count
    most = max(labelled, key=lambda label: (labelled[label], label), default="")
    constant = {(label, most): count for label, count in labelled.items()}
    return found | {
        f"{name}_best_constant_classifier": _measured(metric, constant)
        for name, metric in METRICS.items()
    }


def _measured(metric: Metric, cells: Cells) -> Measure:
    classes = _classes(cells)
    rows = sum(cells.values())
    if not rows:
        return Measure(value=None)
    parts = {name: of.labelled * metric(of) for name, of in classes.items()}
    whole = sum(parts.values())

    def without(label: str, predicted: str) -> float | None:
        if rows == 1:
            return None
        left = whole
        for name in {label, predicted}:
            of = classes[name].without(labelled=name == label, predicted=name == predicted)
            left += of.labelled * metric(of) - parts[name]
        return left / (rows - 1)

    return jackknife(whole / rows, ((count, without(*cell)) for cell, count in cells.items()))


def _classes(cells: Cells) -> dict[str, _Class]:
    found: dict[str, _Class] = {}
    for (label, predicted), count in cells.items():
        of = found.get(label, _Class())
        right = count if label == predicted else 0
        found[label] = _Class(of.right + right, of.labelled + count, of.predicted)
        of = found.get(predicted, _Class())
        found[predicted] = _Class(of.right, of.labelled, of.predicted + count)
    return found
