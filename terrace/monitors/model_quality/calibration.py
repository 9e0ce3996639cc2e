"""From scores to probabilities: what share of the baseline's rows with a score was positive."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from terrace.monitors.model_quality.scores import Scores

_STEPS = 50


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A step function that rises with the score, fitted by isotonic regression.

    Attributes:
        uppers: The greatest score of each step but the last.
        chances: The probability of the positive class on each step; with none, a score that is
            a probability is taken for what it says.
    """

    uppers: tuple[float, ...] = ()
    chances: tuple[float, ...] = ()

    @classmethod
    def fitted(cls, scores: Scores) -> Self:
        """Fitted on labels along scores, by pooling adjacent violators (Ayer and others 1955)."""
        steps: list[tuple[float, int, int]] = []  # greatest score, rows, positives
        for upper, rows, positives in _pooled(scores):
            step = (upper, rows, positives)
            while steps and steps[-1][2] * step[1] >= step[2] * steps[-1][1]:
                _, more, hits = steps.pop()
                step = (upper, step[1] + more, step[2] + hits)
            steps.append(step)
        return cls(
            uppers=tuple(upper for upper, _, _ in steps[:-1]),
            chances=tuple(positives / rows for _, rows, positives in steps),
        )

    @classmethod
    def load(cls, content: Mapping[str, Any] | None) -> Self:
        """From the baseline's file; without one, scores are taken for what they say."""
        if not content:
            return cls()
        return cls(uppers=tuple(content["uppers"]), chances=tuple(content["chances"]))

    def dump(self) -> dict[str, list[float]]:
        """As JSON."""
        return {"uppers": list(self.uppers), "chances": list(self.chances)}

    def chance(self, score: float) -> float:
        """The probability that a score stands for."""
        return self.chances[bisect_left(self.uppers, score)] if self.chances else score

    def sql(self, score: str) -> str:
        """The same, as SQL; NULL where there is no score, or no probability."""
        if not self.chances:
            return f"CASE WHEN {score} BETWEEN 0 AND 1 THEN {score} END"
        steps = zip(self.uppers, self.chances, strict=False)
        cases = " ".join(f"WHEN {score} <= {u!r}::DOUBLE THEN {c!r}::DOUBLE" for u, c in steps)
        return f"CASE WHEN {score} IS NULL THEN NULL {cases} ELSE {self.chances[-1]!r}::DOUBLE END"


def _pooled(scores: Scores) -> list[tuple[float, int, int]]:
    """Neighbouring scores together, so that each step has its share of the rows."""
    least = max(1, sum(scores.totals) // _STEPS)
    steps: list[tuple[float, int, int]] = []
    rows = positives = 0
    upper = 0.0
    for upper, (neg, pos) in sorted(scores.counts.items()):
        rows, positives = rows + neg + pos, positives + pos
        if rows >= least:
            steps.append((upper, rows, positives))
            rows = positives = 0
    if rows:
        steps.append((upper, rows, positives))
    return steps
