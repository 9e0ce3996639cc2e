"""What a monitor has to show, as data; `terrace.page` draws it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """How a number is distributed: the share of values up to each edge, before and now."""

    title: str
    edges: Sequence[float]
    baseline: Sequence[float]
    live: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How often each of some values comes, as a share of all, before and now."""

    title: str
    names: Sequence[str]
    baseline: Sequence[float]
    live: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A line of points in the unit square."""

    title: str
    x: Sequence[float]
    y: Sequence[float]
    x_label: str
    y_label: str


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Counts by label (rows) and prediction (columns)."""

    title: str
    names: Sequence[str]
    counts: Sequence[Sequence[int]]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure with what chance may make of it, and what it was before."""

    name: str
    value: float
    low: float
    high: float
    baseline: float | None = None


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """Figures on one scale."""

    title: str
    rows: Sequence[Interval]


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """The places of names, before and now; the first is 1."""

    title: str
    rows: Sequence[tuple[str, int, int | None]]


Plot = Distribution | Shares | Curve | Matrix | Intervals | Ranks
