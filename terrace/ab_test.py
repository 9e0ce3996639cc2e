"""An A/B test: is the challenger better than the champion, as far as labels are known by now?

The test may be looked at as often as one likes and be ended as soon as it is decided: its p-value
is always valid, from a mixture sequential probability ratio test (Robbins 1970; Johari, Koomen,
Pekelis and Walsh 2017) of the difference of two means.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Literal

from terrace.endpoint_settings import ABTest
from terrace.monitors.model_quality.state import ModelQualityState
from terrace.names import CHALLENGER, VARIANT

Verdict = Literal["challenger", "champion", "not yet"]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """How good the answers of one version were; the greater, the better.

    Attributes:
        rows: Labelled ones.
        mean: Of what each row counts: 1 where the class is right and 0 where it is not, or of a
            regression the absolute error, negative.
        variance: Of the same; above 0 for classes, and where any error was made.
    """

    rows: int
    mean: float
    variance: float

    @classmethod
    def of(cls, state: ModelQualityState) -> "Sample":
        """What the monitor of model quality kept of a version's traffic."""
        rows = state.labelled
        if not rows:
            return cls(rows=0, mean=0.0, variance=0.0)
        if state.cells:
            right = sum(count for (label, said), count in state.cells.items() if label == said)
            # One more of each: a version that was never wrong by now is not sure to stay so.
            guarded = (right + 1) / (rows + 2)
            return cls(rows=rows, mean=right / rows, variance=guarded * (1 - guarded))
        mean = state.errors.absolute / rows
        spread = max(state.errors.squared / rows - mean * mean, 0.0)
        return cls(rows=rows, mean=-mean, variance=spread + mean * mean / (rows + 1))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a test stands.

    Attributes:
        champion: Of the version that ran before.
        challenger: Of the one that may replace it.
        p_value: The chance, at most, that two equally good versions would ever have come so far
            apart, however often they were looked at.
        verdict: Who won, or that nobody has.
    """

    champion: Sample
    challenger: Sample
    p_value: float
    verdict: Verdict

    def __str__(self) -> str:
        """In words, for those who are told."""
        difference = self.challenger.mean - self.champion.mean
        return (
            f"on {self.challenger.rows} labelled rows of the new version and "
            f"{self.champion.rows} of the one that runs: {self.challenger.mean:.4f} and "
            f"{self.champion.mean:.4f}, {difference:+.4f}, p = {self.p_value:.2g}"
        )


def standing(champion: Sample, challenger: Sample, asked: ABTest) -> Standing:
    """How the test stands by now."""
    p_value = always_valid_p(champion, challenger, asked.relevant_difference)
    verdict: Verdict = "not yet"
    enough = min(champion.rows, challenger.rows) >= asked.least_labelled
    if enough and p_value <= asked.significance:
        verdict = "challenger" if challenger.mean > champion.mean else "champion"
    return Standing(champion=champion, challenger=challenger, p_value=p_value, verdict=verdict)


def always_valid_p(one: Sample, other: Sample, scale: float) -> float:
    """The p-value of a difference that may be looked at at any time, 0 to 1.

    Args:
        one: Rows of one version.
        other: Rows of the other, independent of the first.
        scale: The standard deviation of the mixture: differences of about this size are found
            soonest.
    """
    if not one.rows or not other.rows:
        return 1.0
    variance = one.variance / one.rows + other.variance / other.rows
    shift = other.mean - one.mean
    if not variance:  # neither of two regressions was ever wrong
        return 1.0
    spread = scale * scale
    exponent = spread * shift * shift / (2 * variance * (variance + spread))
    logarithm = 0.5 * math.log(variance / (variance + spread)) + exponent
    return min(1.0, math.exp(-logarithm)) if logarithm > 0 else 1.0


def variant_of(key: str, *, test: str, share: float) -> str:
    """Which version answers for a key, the same for as long as a test runs.

    Args:
        key: What must not change sides: a customer, a machine.
        test: The test's own name, so that another test divides the keys in another way.
        share: The challenger's share of the keys, 0 to 1.
    """
    digest = hashlib.sha256(f"{test}\0{key}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return CHALLENGER if place < share else VARIANT
