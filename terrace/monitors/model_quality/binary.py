"""The metrics of a classifier with two classes, from its confusion matrix."""

from collections.abc import Callable
from dataclasses import astuple, dataclass

from terrace.monitors.uncertainty import Measure, jackknife, of_rows, ratio


@dataclass(frozen=True)
class Confusion:
    """How many rows are predicted right and wrong, of each class."""

    true_positives: int
    false_negatives: int
    false_positives: int
    true_negatives: int

    @property
    def best_constant(self) -> "Confusion":
        """Of a classifier that says the more frequent class, whatever it is asked."""
        positives = self.true_positives + self.false_negatives
        negatives = self.false_positives + self.true_negatives
        if positives >= negatives:
            return Confusion(positives, 0, negatives, 0)
        return Confusion(0, positives, 0, negatives)


Metric = Callable[[Confusion], float | None]


def recall(of: Confusion) -> float | None:
    """The share of positives that are found, TP / (TP + FN)."""
    return ratio(of.true_positives, of.true_positives + of.false_negatives)


def precision(of: Confusion) -> float | None:
    """The share of what is predicted positive that is, TP / (TP + FP)."""
    return ratio(of.true_positives, of.true_positives + of.false_positives)


def accuracy(of: Confusion) -> float | None:
    """The share of rows that are predicted right."""
    return ratio(of.true_positives + of.true_negatives, sum(astuple(of)))


def true_negative_rate(of: Confusion) -> float | None:
    """The share of negatives that are found, TN / (TN + FP)."""
    return ratio(of.true_negatives, of.true_negatives + of.false_positives)


def false_positive_rate(of: Confusion) -> float | None:
    """The share of negatives that are predicted positive, FP / (TN + FP)."""
    return ratio(of.false_positives, of.true_negatives + of.false_positives)


def false_negative_rate(of: Confusion) -> float | None:
    """The share of positives that are predicted negative, FN / (TP + FN)."""
    return ratio(of.false_negatives, of.true_positives + of.false_negatives)


def f_score(beta: float) -> Metric:
    """The F-score, (1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP)."""

    def measured(of: Confusion) -> float | None:
        weight = beta * beta
        hits = (1 + weight) * of.true_positives
        return ratio(hits, hits + weight * of.false_negatives + of.false_positives)

    return measured


METRICS: dict[str, Metric] = {
    "recall": recall,
    "precision": precision,
    "accuracy": accuracy,
    "true_positive_rate": recall,
    "true_negative_rate": true_negative_rate,
    "false_positive_rate": false_positive_rate,
    "false_negative_rate": false_negative_rate,
    "f0_5": f_score(0.5),
    "f1": f_score(1),
    "f2": f_score(2),
}
# How many rows each metric is taken of.
_SIZES: dict[str, Callable[[Confusion], int]] = {
    "recall": lambda of: of.true_positives + of.false_negatives,
    "precision": lambda of: of.true_positives + of.false_positives,
    "accuracy": lambda of: sum(astuple(of)),
    "true_positive_rate": lambda of: of.true_positives + of.false_negatives,
    "true_negative_rate": lambda of: of.true_negatives + of.false_positives,
    "false_positive_rate": lambda of: of.true_negatives + of.false_positives,
    "false_negative_rate": lambda of: of.true_positives + of.false_negatives,
}
_CONSTANT = ("recall", "precision", "accuracy", "f0_5", "f1", "f2")
# Above its threshold a metric of these is violated, any other below it.
WORSE_WHEN_GREATER = frozenset({"false_positive_rate", "false_negative_rate"})


def measures(of: Confusion) -> dict[str, Measure]:
    """Every metric, and some of the best constant classifier to compare with."""
    found = {
        name: of_rows(_measured(metric, of), _SIZES.get(name, _named_or_hoped_for)(of))
        for name, metric in METRICS.items()
    }
    constant = of.best_constant
    found |= {
        f"{name}_best_constant_classifier": _measured(METRICS[name], constant) for name in _CONSTANT
    }
    return found


def _named_or_hoped_for(of: Confusion) -> int:
    """The rows that an F-score looks at: all but the negatives that are predicted right."""
    return of.true_positives + of.false_negatives + of.false_positives


def _measured(metric: Metric, of: Confusion) -> Measure:
    cells = astuple(of)
    without = (
        (count, metric(Confusion(*(n - (i == place) for i, n in enumerate(cells)))))
        for place, count in enumerate(cells)
        if count
    )
    return jackknife(metric(of), without)
