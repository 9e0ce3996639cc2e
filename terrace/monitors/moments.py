"""Count, mean and spread of numbers, which add."""

import math
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Count, mean and sum of squared deviations of finite numbers.

    Sums of squares lose all digits where the mean is large, so deviations are kept and joined
    (Chan, Golub and LeVeque 1979).
    """

    count: int = 0
    mean: float = 0.0
    deviations: float = 0.0

    def __add__(self, other: Self) -> Self:
        """The moments of both sets of numbers together."""
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        step = other.mean - self.mean
        mean = self.mean * (self.count / count) + other.mean * (other.count / count)
        between = step * (self.count / count) * step * other.count
        return type(self)(
            count=count, mean=mean, deviations=self.deviations + other.deviations + between
        )

    @property
    def sum(self) -> float:
        """The sum of the numbers."""
        return self.mean * self.count

    @property
    def standard_deviation(self) -> float | None:
        """The population's, as SageMaker reports it; None where no number was seen."""
        if not self.count or not math.isfinite(self.deviations):
            return None
        return math.sqrt(max(self.deviations, 0.0) / self.count)
