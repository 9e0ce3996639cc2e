"""How good a classifier is, counted from its predictions on rows that it did not train on."""

import csv
import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terrace.errors import TerraceError

COLUMNS = ("label", "predicted", "score")
_BINS = 10  # of equal width, as calibration is usually drawn


class InvalidPredictions(TerraceError):
    """A file of predictions that cannot be evaluated."""


Bins = dict[tuple[int, str], tuple[int, float, float]]  # rows, sum of scores, of their squares


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The confusion counts of one split, and the metrics that follow from them.

    Attributes:
        counts: How often each (label, predicted) pair came.
        positive: The positive class of a binary problem, None where there are more classes.
        bins: The scores of each label, by tenths; none where a score is no probability.
    """

    counts: dict[tuple[str, str], int]
    positive: str | None
    bins: Bins = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many predictions were counted."""
        return sum(self.counts.values())

    @property
    def classes(self) -> list[str]:
        """Every class that was a label or a prediction."""
        return sorted({name for pair in self.counts for name in pair})

    def metrics(self) -> dict[str, float | None]:
        """Accuracy, precision, recall, F1 and MCC; None where one is undefined.

        Precision, recall and F1 are the positive class's, or the classes' mean where there are
        more than two. A binary problem has Brier's score and the expected calibration error
        (Guo et al. 2017, ten bins) of the positive class's scores as well.
        """
        found = {
            "accuracy": self._accuracy(),
            "precision": self._mean(self._precision),
            "recall": self._mean(self._recall),
            "f1": self._mean(self._f1),
            "mcc": self._mcc(),
        }
        if self.positive is None:
            return found
        return found | {"brier": self._brier(), "calibration_error": self._calibration_error()}

    def _brier(self) -> float | None:
        """The mean square of what a score is beside the truth."""
        squares = [
            squared + (rows - 2 * scored) * (label == self.positive)
            for (_, label), (rows, scored, squared) in self.bins.items()
        ]
        return _share(sum(squares), self.rows) if self.bins else None

    def _calibration_error(self) -> float | None:
        """How far the mean score of a bin is from its share of positives, over all rows."""
        beside: dict[int, float] = {}
        for (place, label), (rows, scored, _) in self.bins.items():
            beside[place] = beside.get(place, 0) + scored - rows * (label == self.positive)
        return _share(sum(map(abs, beside.values())), self.rows) if self.bins else None

    def report(self) -> dict[str, Any]:
        """The metrics in the shape of SageMaker's model quality statistics."""
        kind = "binary" if self.positive is not None else "multiclass"
        confusion = {
            label: {predicted: self.counts.get((label, predicted), 0) for predicted in self.classes}
            for label in self.classes
        }
        values = {
            name: {"value": value, "standard_deviation": "NaN"}
            for name, value in self.metrics().items()
        }
        return {
            "dataset": {"item_count": self.rows},
            f"{kind}_classification_metrics": {"confusion_matrix": confusion} | values,
        }

    def _accuracy(self) -> float | None:
        right = sum(
            count for (label, predicted), count in self.counts.items() if label == predicted
        )
        return _share(right, self.rows)

    def _precision(self, name: str) -> float | None:
        predicted = sum(count for (_, other), count in self.counts.items() if other == name)
        return _share(self.counts.get((name, name), 0), predicted)

    def _recall(self, name: str) -> float | None:
        labelled = sum(count for (label, _), count in self.counts.items() if label == name)
        return _share(self.counts.get((name, name), 0), labelled)

    def _f1(self, name: str) -> float | None:
        named = sum(count for pair, count in self.counts.items() for part in pair if part == name)
        return _share(2 * self.counts.get((name, name), 0), named)

    def _mean(self, metric: Any) -> float | None:
        names = self.classes if self.positive is None else [self.positive]
        values = [metric(name) for name in names]
        return None if None in values or not values else sum(values) / len(values)

    def _mcc(self) -> float | None:
        """Matthews' correlation, for any number of classes (Gorodkin 2004)."""
        labelled: Counter[str] = Counter()
        predicted: Counter[str] = Counter()
        for (label, other), count in self.counts.items():
            labelled[label] += count
            predicted[other] += count
        right = sum(self.counts.get((name, name), 0) for name in self.classes)
        total = self.rows
        above = right * total - sum(labelled[name] * predicted[name] for name in self.classes)
        below = (total**2 - sum(n**2 for n in predicted.values())) * (
            total**2 - sum(n**2 for n in labelled.values())
        )
        return above / math.sqrt(below) if below > 0 else None


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def evaluate(path: Path) -> Scores:
    """Counts a file of predictions: CSV with the columns `label`, `predicted` and `score`.

    The score is the probability of the positive class, so the positive class of a binary problem
    is the one whose predictions have the higher scores.

    Raises:
        InvalidPredictions: The file has other columns, no rows, or a score that is no number.
    """
    counts: Counter[tuple[str, str]] = Counter()
    scores: dict[str, list[float]] = {}
    bins: Bins = {}
    probable = True
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows, None)
        if header != list(COLUMNS):
            raise InvalidPredictions(f"{path.name}: got columns {header}; expected {COLUMNS}")
        for number, row in enumerate(rows, start=2):
            label, predicted, score = _row(path, number, row)
            counts[label, predicted] += 1
            scores.setdefault(predicted, []).append(score)
            probable = probable and 0 <= score <= 1
            _bin(bins, label, score)
    if not counts:
        raise InvalidPredictions(f"{path.name}: has no rows; expected at least one prediction")
    positive = _positive(counts, scores)
    return Scores(counts=dict(counts), positive=positive, bins=bins if probable else {})


def _bin(bins: Bins, label: str, score: float) -> None:
    place = min(int(score * _BINS), _BINS - 1) if math.isfinite(score) else -1
    rows, scored, squared = bins.get((place, label), (0, 0.0, 0.0))
    bins[place, label] = rows + 1, scored + score, squared + score * score


def _row(path: Path, number: int, row: list[str]) -> tuple[str, str, float]:
    try:
        label, predicted, score = row
        return label, predicted, float(score)
    except ValueError as error:
        raise InvalidPredictions(
            f"{path.name}:{number}: got {row}; expected label, predicted and a number"
        ) from error


def _positive(counts: Counter[tuple[str, str]], scores: dict[str, list[float]]) -> str | None:
    classes = sorted({name for pair in counts for name in pair})
    if len(classes) > 2:
        return None
    means = {name: sum(found) / len(found) for name, found in scores.items()}
    if len(means) == 1:
        ((name, mean),) = means.items()
        other = [known for known in classes if known != name]
        return name if mean > 0.5 or not other else other[0]
    return max(means, key=lambda name: means[name])
