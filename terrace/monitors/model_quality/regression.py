"""The metrics of a regression, from sums over its errors."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Self

from terrace.monitors.uncertainty import Measure

WORSE_WHEN_GREATER = frozenset({"mae", "mse", "rmse"})
METRICS = ("mae", "mse", "rmse", "r2")


@dataclass(frozen=True, kw_only=True)
class Errors:
    """What is kept of errors, label minus prediction, and of the labels.

    Attributes:
        count: Rows with both.
        absolute: The sum of absolute errors.
        squared: The sum of squared errors.
        fourth: The sum of their fourth powers.
        mean: The labels' mean.
        deviations: The labels' sum of squared deviations from it.
    """

    count: int = 0
    absolute: float = 0.0
    squared: float = 0.0
    fourth: float = 0.0
    mean: float = 0.0
    deviations: float = 0.0

    def __add__(self, other: Self) -> Self:
        """The errors of both sets of rows together (Chan, Golub and LeVeque 1979)."""
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        step, share = other.mean - self.mean, other.count / count
        return type(self)(
            count=count,
            absolute=self.absolute + other.absolute,
            squared=self.squared + other.squared,
            fourth=self.fourth + other.fourth,
            mean=self.mean * (self.count / count) + other.mean * share,
            deviations=self.deviations + other.deviations + step * step * self.count * share,
        )

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def measures(errors: Errors) -> dict[str, Measure]:
    """Mean absolute error, mean squared error, its root, and the coefficient of determination.

    The last, 1 - sum of squared errors / sum of squared deviations of the labels, is undefined
    where all labels are the same; its deviation is that of a large sample (Olkin and Finn 1995).
    """
    rows = errors.count
    if not rows:
        return {name: Measure(value=None) for name in METRICS}
    mae, mse = errors.absolute / rows, errors.squared / rows
    rmse = math.sqrt(mse)
    of_mse = _deviation(errors.fourth / rows - mse * mse, rows)
    r2 = 1 - errors.squared / errors.deviations if errors.deviations else None
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
