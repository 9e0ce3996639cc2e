"""The chi-squared distribution, which the standard library does not have."""

import math

_ENOUGH = 1e-16
_STEPS = 10_000
_TINY = 1e-300


def beyond(statistic: float, degrees: int) -> float:
    """The probability of a statistic at least as large, in [0, 1].

    The regularized upper incomplete gamma function Q(degrees / 2, statistic / 2), by its series
    or its continued fraction (Abramowitz and Stegun 6.5.29 and 6.5.31).
    """
    if degrees < 1 or statistic <= 0:
        return 1.0
    shape, bound = degrees / 2, statistic / 2
    logarithm = shape * math.log(bound) - bound - math.lgamma(shape)
    if bound < shape + 1:
        return 1.0 - min(1.0, math.exp(logarithm) * _series(shape, bound))
    return min(1.0, math.exp(logarithm) * _fraction(shape, bound))


def _series(shape: float, bound: float) -> float:
    term = total = 1 / shape
    for step in range(1, _STEPS):
        term *= bound / (shape + step)
        total += term
        if term < total * _ENOUGH:
            break
    return total


def _fraction(shape: float, bound: float) -> float:
    """By Lentz's method, from the front to the back."""
    b = bound + 1 - shape
    c, d = 1 / _TINY, 1 / b
    found = d
    for step in range(1, _STEPS):
        a = -step * (step - shape)
        b += 2
        d = 1 / ((a * d + b) or _TINY)
        c = (b + a / c) or _TINY
        found *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return found
