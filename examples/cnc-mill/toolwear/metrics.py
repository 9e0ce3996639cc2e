"""Quality of binary predictions from their four counts; undefined is None, never 0."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from toolwear.columns import POSITIVE


@dataclass(frozen=True, kw_only=True)
class Counts:
    """A confusion matrix with `worn` as the positive class."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int


def count(labels: Sequence[str], predicted: Sequence[str]) -> Counts:
    """Count agreement between what was seen and what was predicted."""
    pairs = [(a == POSITIVE, b == POSITIVE) for a, b in zip(labels, predicted, strict=True)]
    return Counts(
        true_positive=pairs.count((True, True)),
        false_positive=pairs.count((False, True)),
        true_negative=pairs.count((False, False)),
        false_negative=pairs.count((True, False)),
    )


def measure(counts: Counts) -> dict[str, float | None]:
    """Return accuracy, precision, recall, F1 and Matthews' correlation coefficient (MCC)."""
    tp, fp = counts.true_positive, counts.false_positive
    tn, fn = counts.true_negative, counts.false_negative
    spread = sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return {
        "accuracy": _ratio(tp + tn, tp + fp + tn + fn),
        "precision": _ratio(tp, tp + fp),
        "recall": _ratio(tp, tp + fn),
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
        "mcc": _ratio(tp * tn - fp * fn, spread),
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
