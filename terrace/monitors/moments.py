"""Count, mean and spread of numbers, which add."""

import math
from dataclasses import dataclass
from typing import Self

# The square of a number up to this one, and the sum of ten million of these, is a number.
LARGEST_SQUARED = 1e145
# Numbers divided by this have a sum, however many they are.
SCALE = 2.0**64


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Count, mean and sum of squared deviations of finite numbers.

    Sums of squares lose all digits where the mean is large, so deviations are kept and joined
    (Chan, Golub and LeVeque 1979). None where these are more than a number can be.
    """

    count: int = 0
    mean: float = 0.0
    deviations: float | None = 0.0

    def __add__(self, other: Self) -> Self:
        """The moments of both sets of numbers together."""
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        step = other.mean - self.mean
        mean = self.mean * (self.count / count) + other.mean * (other.count / count)
        deviations = None
        if self.deviations is not None and other.deviations is not None:
            between = step * (self.count / count) * step * other.count
            deviations = finite(self.deviations + other.deviations + between)
        return type(self)(count=count, mean=mean, deviations=deviations)

    @property
    def sum(self) -> float | None:
        """The sum of the numbers; None where it is more than a number can be."""
        return finite(self.mean * self.count)

    @property
    def standard_deviation(self) -> float | None:
        """The population's, as SageMaker reports it; None where no number was seen."""
        if not self.count or self.deviations is None:
            return None
        return math.sqrt(max(self.deviations, 0.0) / self.count)


def finite(value: float | None) -> float | None:
    """A figure, None where it is none that JSON has a number for."""
    return value if value is not None and math.isfinite(value) else None
