"""The histogram of a baseline's numbers, from a file of Terrace or of SageMaker Model Monitor.

Terrace's bins have their upper bound in them, as DuckDB's function `histogram` has it; Model
Monitor's buckets have the lower one, and only the last has both (deequ, `KLLSketch`). A bucket
below a bound is all up to the greatest number below it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Counts of numbers.

    Attributes:
        edges: The greatest number of each bin but the last, which has what lies beyond.
        bins: The count in each bin.
    """

    edges: tuple[float, ...] = ()
    bins: tuple[int, ...] = ()


def load(distribution: Mapping[str, Any]) -> Histogram:
    """Terrace's own bins where the file has them, else SageMaker's buckets; empty without either.

    Raises:
        ValueError: Bounds do not rise, or a count is no number.
    """
    own = distribution.get("terrace")
    if own and own["edges"]:
        return _with_bin_below(own["edges"], own["counts"])
    buckets = (distribution.get("kll") or {}).get("buckets") or []
    bounds = [(float(b["lower_bound"]), float(b["upper_bound"])) for b in buckets]
    if not buckets or any(math.isnan(bound) for pair in bounds for bound in pair):
        return Histogram()  # a column without a number
    counts = [int(bucket["count"]) for bucket in buckets]
    *most, (_, last) = bounds
    edges = [*(below(upper) for _, upper in most), last]
    beyond = counts.pop() if last == math.inf else 0
    found = _merged(zip(edges, counts, strict=False))
    return _with_bin_below([below(bounds[0][0]), *found], [0, *found.values(), beyond])


def below(number: float) -> float:
    """The greatest number below another."""
    return math.nextafter(number, -math.inf)


def finite(value: Any) -> float | None:
    """A number of a file, None where it is none: SageMaker writes NaN of a column without any."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _merged(pairs: Iterable[tuple[float, int]]) -> dict[float, int]:
    """Counts by edge: the ten buckets of a constant column have the same bounds."""
    found: dict[float, int] = {}
    for edge, count in pairs:
        if found and edge < next(reversed(found)):
            raise ValueError(f"bound {edge} comes after {next(reversed(found))}")
        found[edge] = found.get(edge, 0) + count
    return found


def _with_bin_below(edges: Sequence[float], counts: Sequence[int]) -> Histogram:
    """With a bin of what lies below all numbers, so that a constant can move either way."""
    *inner, beyond = map(int, counts)
    if min(*inner, beyond) < 0 or not inner:
        raise ValueError(f"counts got {list(counts)}")
    found = _merged(zip(map(float, edges), inner, strict=True))
    found = {edge: count for edge, count in found.items() if math.isfinite(edge)}
    if not found:
        return Histogram()
    first, second = [*found, math.inf][:2]
    is_there = first == below(second)  # also where it has the negative infinities
    if found[first] and not is_there and math.isfinite(below(first)):
        found = {below(first): 0, **found}
    return Histogram(edges=tuple(found), bins=(*found.values(), beyond))
