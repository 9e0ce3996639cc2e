"""The state of model quality: what predictions came to, as far as labels are known; it adds."""

from dataclasses import dataclass, field
from typing import Any, Self

from terrace.codec import packed, unpacked
from terrace.monitors.model_quality.regression import Errors
from terrace.monitors.model_quality.scores import Scores

NAME = "model-quality"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What calibrated scores say of predictions, labels or none: a sum and its variance."""

    rows: int = 0
    positives: float = 0.0
    variance: float = 0.0

    def __add__(self, other: Self) -> Self:
        """Of both sets of rows together."""
        return type(self)(
            rows=self.rows + other.rows,
            positives=self.positives + other.positives,
            variance=self.variance + other.variance,
        )


@dataclass(frozen=True, kw_only=True)
class ModelQualityState:
    """What is kept of a window.

    Attributes:
        records: Rows with a prediction.
        waiting: Of these, rows whose label is not known yet.
        unusable: Rows without a prediction that could be compared.
        cells: Of a classification, how many rows have each label and prediction.
        scores: Of a binary classification with scores, how the labels lie along them.
        expected: Likewise, what the scores say, by prediction.
        errors: Of a regression.
        slices: The same of the rows with each value of a column, if that was asked for.
    """

    records: int = 0
    waiting: int = 0
    unusable: int = 0
    cells: dict[tuple[str, str], int] = field(default_factory=dict)
    scores: Scores = field(default_factory=Scores)
    expected: dict[str, Expected] = field(default_factory=dict)
    errors: Errors = field(default_factory=Errors)
    slices: dict[str, "ModelQualityState"] = field(default_factory=dict)

    def __add__(self, other: Self) -> Self:
        """The state of both sets of rows together."""
        # In one order always: sums of floats over them have the same last digit in each run.
        cells = sorted(self.cells.keys() | other.cells.keys())
        predictions = sorted(self.expected.keys() | other.expected.keys())
        none, nothing = Expected(), ModelQualityState()
        values = sorted(self.slices.keys() | other.slices.keys())
        return type(self)(
            records=self.records + other.records,
            waiting=self.waiting + other.waiting,
            unusable=self.unusable + other.unusable,
            cells={cell: self.cells.get(cell, 0) + other.cells.get(cell, 0) for cell in cells},
            scores=self.scores + other.scores,
            expected={
                name: self.expected.get(name, none) + other.expected.get(name, none)
                for name in predictions
            },
            errors=self.errors + other.errors,
            slices={
                value: self.slices.get(value, nothing) + other.slices.get(value, nothing)
                for value in values
            },
        )

    @property
    def labelled(self) -> int:
        """Rows whose label is known."""
        return self.records - self.waiting

    def dump(self) -> dict[str, Any]:
        """As JSON, with the version of the form."""
        return packed(NAME, self._content())

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Self:
        """From JSON, as `dump` gives it.

        Raises:
            UnreadableState: It is of another kind, or of a newer version.
        """
        return cls._of(unpacked(NAME, dumped))

    def _content(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "waiting": self.waiting,
            "unusable": self.unusable,
            "cells": [[*cell, count] for cell, count in sorted(self.cells.items())],
            "scores": self.scores.dump(),
            "expected": {name: vars(one) for name, one in sorted(self.expected.items())},
            "errors": self.errors.dump(),
            "slices": {value: one._content() for value, one in sorted(self.slices.items())},
        }

    @classmethod
    def _of(cls, content: dict[str, Any]) -> Self:
        return cls(
            records=content["records"],
            waiting=content["waiting"],
            unusable=content["unusable"],
            cells={(label, predicted): count for label, predicted, count in content["cells"]},
            scores=Scores.load(content["scores"]),
            expected={name: Expected(**one) for name, one in content["expected"].items()},
            errors=Errors.load(content["errors"]),
            slices={value: cls._of(one) for value, one in content["slices"].items()},
        )
