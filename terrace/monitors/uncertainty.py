"""How far a figure may be off because the window is a sample: the jackknife, over cells.

Rows of one cell are alike, so leaving out each row in turn is leaving out one of each cell (Efron
and Stein 1981).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from terrace.monitors.moments import finite

QUANTILE = 1.96  # of the normal distribution, for intervals of 95 %


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric's value with its standard deviation; None where it is undefined.

    Attributes:
        value: Infinite where it is more than a number can be; reports have null for both.
        standard_deviation: None where nothing tells it.
        size: How many rows the metric is taken of, on which its deviation depends.
        skewness: Of what one of these rows adds to the metric: how lopsided chance is in a
            window of few.
    """

    value: float | None
    standard_deviation: float | None = None
    size: float | None = None
    skewness: float | None = None

    @property
    def finite(self) -> float | None:
        """The value, where JSON has a number for it."""
        return finite(self.value)

    @property
    def room(self) -> float:
        """Half the width of the interval of 95 %; 0 where no deviation is known."""
        return QUANTILE * (finite(self.standard_deviation) or 0.0)

    def as_json(self) -> dict[str, float | None]:
        """As SageMaker has it; what JSON has no number for is null."""
        deviation = finite(self.standard_deviation)
        return {"value": self.finite, "standard_deviation": deviation}


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
    third = sum(count * (mean - other) ** 3 for count, other in left)  # with a row, not without it
    return Measure(
        value=value,
        standard_deviation=math.sqrt(spread * (rows - 1) / rows),
        size=rows,
        skewness=third / rows / (spread / rows) ** 1.5 if spread else None,
    )


def of_rows(measure: Measure, size: float) -> Measure:
    """A metric of all rows as one of those rows only that it is taken of, the positives say."""
    skewness = measure.skewness
    if skewness is not None and measure.size:
        skewness *= math.sqrt(size / measure.size)
    return replace(measure, size=size, skewness=skewness)


def ratio(part: float, whole: float) -> float | None:
    """A share; None where there is nothing to take it of."""
    return part / whole if whole else None
