"""Which values of a label or a prediction came: whether any is hoped for, and if not what came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

_KEPT = 10  # of the values that are not hoped for, the first in the order of texts


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """The values of a label or a prediction.

    Attributes:
        rows: How many rows have one.
        hoped_for: Those that are hoped for; of a number above its threshold, `True`.
        others: Some of the others.
    """

    rows: int = 0
    hoped_for: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, counts: Iterable[tuple[str, bool, int]]) -> Self:
        """Of values, each with whether it is hoped for and how often it came."""
        listed = list(counts)
        return cls(
            rows=sum(count for _, _, count in listed),
            hoped_for=tuple(sorted({value for value, is_it, _ in listed if is_it})),
            others=tuple(sorted({value for value, is_it, _ in listed if not is_it})[:_KEPT]),
        )

    def __add__(self, other: Self) -> Self:
        """Of both sets of rows together."""
        return type(self)(
            rows=self.rows + other.rows,
            hoped_for=tuple(sorted({*self.hoped_for, *other.hoped_for})),
            others=tuple(sorted({*self.others, *other.others})[:_KEPT]),
        )

    def __str__(self) -> str:
        """The values that came, for a message."""
        listed = [*self.hoped_for, *self.others]
        return ", ".join(listed[:_KEPT]) + (" and others" if len(listed) >= _KEPT else "")

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return {"rows": self.rows, "hoped_for": self.hoped_for, "others": self.others}

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> Self:
        """From JSON, as `dump` gives it."""
        return cls(
            rows=dumped["rows"],
            hoped_for=tuple(dumped["hoped_for"]),
            others=tuple(dumped["others"]),
        )
