"""How far a figure may be off because the window is a sample: the jackknife, over cells.

Rows of one cell are alike, so leaving out each row in turn is leaving out one of each cell (Efron
and Stein 1981).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

QUANTILE = 1.96  # of the normal distribution, for intervals of 95 %


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric's value with its standard deviation; None where it is undefined."""

    value: float | None
    standard_deviation: float | None = None

    @property
    def finite(self) -> float | None:
        """The value, where JSON has a number for it."""
        return _finite(self.value)

    @property
    def room(self) -> float:
        """Half the width of the interval of 95 %; 0 where no deviation is known."""
        return QUANTILE * (self.standard_deviation or 0.0)

    def as_json(self) -> dict[str, float | None]:
        """As SageMaker has it; what JSON has no number for is null."""
        deviation = _finite(self.standard_deviation)
        return {"value": self.finite, "standard_deviation": deviation}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def jackknife(value: float | None, without: Iterable[tuple[int, float | None]]) -> Measure:
    """A metric with its standard deviation.

    Args:
        value: The metric of all rows.
        without: A cell's count, and the metric with one row of it left out, for every cell.
    """
    left = [(count, float(other)) for count, other in without if count and other is not None]
    rows = sum(count for count, _ in left)
    if value is None or rows < 2:  # one row says nothing of others
        return Measure(value=value)
    mean = sum(count * other for count, other in left) / rows
    spread = sum(count * (other - mean) ** 2 for count, other in left)
    return Measure(value=value, standard_deviation=math.sqrt(spread * (rows - 1) / rows))


def ratio(part: float, whole: float) -> float | None:
    """A share; None where there is nothing to take it of."""
    return part / whole if whole else None
