"""The metrics of a regression, from sums over its errors."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from terrace.monitors.moments import Moments
from terrace.monitors.uncertainty import Measure

WORSE_WHEN_GREATER = frozenset({"mae", "mse", "rmse"})
METRICS = ("mae", "mse", "rmse", "r2")


@dataclass(frozen=True, kw_only=True)
class Errors:
    """What is kept of errors, label minus prediction, and of the labels.

    Attributes:
        labels: The moments of the labels of rows with both.
        absolute: The sum of absolute errors.
        squared: The sum of squared errors.
        fourth: The sum of their fourth powers.
    """

    labels: Moments = field(default_factory=Moments)
    absolute: float = 0.0
    squared: float = 0.0
    fourth: float = 0.0

    def __add__(self, other: Self) -> Self:
        """The errors of both sets of rows together."""
        return type(self)(
            labels=self.labels + other.labels,
            absolute=self.absolute + other.absolute,
            squared=self.squared + other.squared,
            fourth=self.fourth + other.fourth,
        )

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Self:
        """From JSON, as `dump` gives it."""
        return cls(**dumped | {"labels": Moments(**dumped["labels"])})


def measures(errors: Errors) -> dict[str, Measure]:
    """Mean absolute error, mean squared error, its root, and the coefficient of determination.

    The last, 1 - sum of squared errors / sum of squared deviations of the labels, is undefined
    where all labels are the same; its deviation is that of a large sample (Olkin and Finn 1995).
    """
    rows, deviations = errors.labels.count, errors.labels.deviations
    if not rows:
        return {name: Measure(value=None) for name in METRICS}
    mae, mse = errors.absolute / rows, errors.squared / rows
    rmse = math.sqrt(mse)
    of_mse = _deviation(errors.fourth / rows - mse * mse, rows)
    r2 = 1 - errors.squared / deviations if deviations else None
    of_r2 = None
    if r2 is not None and 0 < r2 <= 1:
        of_r2 = 2 * math.sqrt(r2 / rows) * (1 - r2)
    return {
        "mae": Measure(value=mae, standard_deviation=_deviation(mse - mae * mae, rows)),
        "mse": Measure(value=mse, standard_deviation=of_mse),
        "rmse": Measure(value=rmse, standard_deviation=of_mse / (2 * rmse) if rmse else 0.0),
        "r2": Measure(value=r2, standard_deviation=of_r2),
    }


def _deviation(variance: float, rows: int) -> float:
    return math.sqrt(max(variance, 0.0) / rows)
