"""Predict the rows that each fold holds out: what the pipeline judges a version by."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from toolwear import metrics, model
from toolwear.columns import LABEL
from toolwear.data import Dataset, csv_lines
from toolwear.parameters import Parameters
from toolwear.scoring import decide
from toolwear.splits import Fold


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Rows that were held out, and the score that a model gave each without having seen it."""

    rows: Dataset
    scores: list[float]

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def predicted(self) -> list[str]:
        """The predicted class of each row."""
        return [decide(score) for score in self.scores]

    def measure(self) -> dict[str, float | None]:
        """Return the metrics of all rows together."""
        return metrics.measure(metrics.count(self.rows.labels.tolist(), self.predicted))

    def write(self, path: Path) -> None:
        """Write label, predicted class and score as CSV."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = csv_lines(zip(self.rows.labels, self.predicted, self.scores, strict=True))
        path.write_text("".join(f"{line}\n" for line in ["label,predicted,score", *lines]), "utf-8")

    def write_rows(self, path: Path) -> None:
        """Write the features beside label, predicted class and score, as Parquet."""
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {LABEL: self.rows.labels, "predicted": self.predicted, "score": self.scores}
        self.rows.features.assign(**told).to_parquet(path, index=False)


def predict(folds: Iterator[Fold], dataset: Dataset, parameters: Parameters) -> HeldOut:
    """Fit on each fold's training rows and score the rows that it holds out."""
    tests, scores = [], []
    for train, test in folds:
        tests.append(test)
        scores += model.score(model.fit(dataset.take(train), parameters), dataset.take(test))
    return HeldOut(rows=dataset.take(np.concatenate(tests)), scores=scores)
