"""The metrics of a regression, from sums over its errors."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from terrace.monitors.moments import Moments, finite
from terrace.monitors.uncertainty import Measure

WORSE_WHEN_GREATER = frozenset({"mae", "mse", "rmse"})
METRICS = ("mae", "mse", "rmse", "r2")


# An error's square up to this one, and the sum of as many as there are rows, is a number.
LARGEST = 1e140
# Larger errors are divided by this, so that their squares are numbers, too.
SCALE = 2.0**544


@dataclass(frozen=True, kw_only=True)
class Errors:
    """What is kept of errors, label minus prediction, and of the labels.

    Attributes:
        labels: The moments of the labels of rows with both.
        absolute: The sum of absolute errors up to `LARGEST`.
        squared: The sum of their squares.
        fourth: The sum of their fourth powers; None where it is more than a number can be.
        huge: The sum of the absolute errors above, each divided by `SCALE`.
        huge_squared: The sum of the squares of these.
    """

    labels: Moments = field(default_factory=Moments)
    absolute: float = 0.0
    squared: float = 0.0
    fourth: float | None = 0.0
    huge: float = 0.0
    huge_squared: float = 0.0

    def __add__(self, other: Self) -> Self:
        """The errors of both sets of rows together."""
        known = self.fourth is not None and other.fourth is not None
        return type(self)(
            labels=self.labels + other.labels,
            absolute=self.absolute + other.absolute,
            squared=self.squared + other.squared,
            fourth=finite((self.fourth or 0.0) + (other.fourth or 0.0)) if known else None,
            huge=self.huge + other.huge,
            huge_squared=self.huge_squared + other.huge_squared,
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
    What is more than a number can be is infinite.
    """
    rows = errors.labels.count
    if not rows:
        return {name: Measure(value=None) for name in METRICS}
    mae = errors.absolute / rows + SCALE * (errors.huge / rows)
    rmse = math.hypot(
        math.sqrt(errors.squared / rows), SCALE * math.sqrt(errors.huge_squared / rows)
    )
    mse = rmse * rmse if errors.huge else errors.squared / rows
    fourth = errors.fourth if errors.fourth is not None and not errors.huge else math.inf
    of_mse = _deviation(fourth / rows - mse * mse, rows)
    r2 = _explained(rmse, mse, errors.labels.standard_deviation)
    of_r2 = 2 * math.sqrt(r2 / rows) * (1 - r2) if r2 is not None and 0 < r2 <= 1 else None
    of_rmse = 0.0 if not rmse else None if of_mse is None else of_mse / (2 * rmse)
    return {
        "mae": Measure(value=mae, standard_deviation=_deviation(mse - mae * mae, rows), size=rows),
        "mse": Measure(value=mse, standard_deviation=of_mse, size=rows),
        "rmse": Measure(value=rmse, standard_deviation=of_rmse, size=rows),
        "r2": Measure(value=r2, standard_deviation=of_r2, size=rows),
    }


def _explained(rmse: float, mse: float, deviation: float | None) -> float | None:
    """R squared; None where the labels are all the same, or their spread is not known."""
    if not deviation:
        return None
    ratio = rmse / deviation
    return 1 - (
        mse / (deviation * deviation) if 0 < deviation * deviation < math.inf else ratio * ratio
    )


def _deviation(variance: float, rows: int) -> float | None:
    """None where it is more than a number can be."""
    return math.sqrt(max(variance, 0.0) / rows) if math.isfinite(variance) else None
