"""What every monitor is: additive. Observing two batches together equals adding their states."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar

from terrace.batch import Batch


class State(Protocol):
    """A sufficient statistic of the rows that were observed; an empty batch gives the zero."""

    def __add__(self, other: Self, /) -> Self:
        """The state of both sets of rows together."""

    def dump(self) -> dict[str, Any]:
        """As JSON."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One constraint that does not hold.

    Attributes:
        feature: The column, or `Extra columns` and the like where it is none's.
        check: The kind of check, by SageMaker's name for it.
        description: What was expected and what was observed, in words.
        value: The figure that was held against the threshold, where there is one.
        threshold: That threshold.
    """

    feature: str
    check: str
    description: str
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a monitor found in a window.

    Attributes:
        records: How many rows were observed.
        violations: The constraints that do not hold, the worst first.
        statistics: The window's statistics, as JSON in SageMaker's shape.
        figures: One figure a feature (a distance, a score), None where it is undefined.
    """

    records: int
    violations: tuple[Violation, ...]
    statistics: dict[str, Any]
    figures: dict[str, float | None] = field(default_factory=dict)

    def violations_file(self) -> dict[str, Any]:
        """`constraint_violations.json`: SageMaker's members, and the figures beside them."""
        return {
            "violations": [
                {
                    "feature_name": violation.feature,
                    "constraint_check_type": violation.check,
                    "description": violation.description,
                    "value": violation.value,
                    "threshold": violation.threshold,
                }
                for violation in self.violations
            ]
        }


S = TypeVar("S", bound=State)


class Monitor(Protocol[S]):
    """A monitor of one kind, with the baseline that it compares with."""

    def zero(self) -> S:
        """The state of no rows."""

    def observe(self, batch: Batch) -> S:
        """The state of a batch."""

    def check(self, state: S) -> Result:
        """What of the baseline's constraints does not hold."""

    def load_state(self, dumped: dict[str, Any]) -> S:
        """A state, from what its `dump` gave."""


def summarise(monitor: Monitor[S], batches: Iterable[Batch]) -> S:
    """The state of all batches together; one batch is held at a time."""
    state = monitor.zero()
    for batch in batches:
        state = state + monitor.observe(batch)
    return state


def worst_first(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """Violations without figures first, then by how far beyond its threshold each is."""

    def excess(violation: Violation) -> float:
        if violation.value is None or violation.threshold is None:
            return float("inf")
        return abs(violation.value - violation.threshold)

    return tuple(sorted(violations, key=excess, reverse=True))
