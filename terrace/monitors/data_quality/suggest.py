"""Suggests a baseline from training data: `statistics.json` and `constraints.json`."""

import math
import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from terrace.batch import Batch
from terrace.monitors.data_quality.baseline import FeatureBaseline
from terrace.monitors.data_quality.files import constraint_of, statistics_of
from terrace.monitors.data_quality.histogram import below
from terrace.monitors.data_quality.monitoring import InvalidBaseline
from terrace.monitors.data_quality.scan import (
    Column,
    aggregated,
    binned,
    columns_of,
    groups,
    observe,
)
from terrace.monitors.data_quality.state import FeatureState

_EDGES = 50
_MOST_CATEGORIES = 200
_SURELY_TOO_MANY = 2 * _MOST_CATEGORIES  # different values, of which an estimate is off by 5 %
_BUCKETS = 10
_NUMBERS = ("Integral", "Fractional")
# Of values that one statement sorts at a time: 8 bytes each.
_VALUES_AT_ONCE = 4_000_000
_COLUMNS_AT_ONCE = 32


def suggest(
    batch: Batch, drift_threshold: float = 0.1, method: str = "Robust"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Statistics and constraints of a data set, as JSON in SageMaker's shapes.

    The data are scanned for types and bounds, for edges and categories, and for the histograms on
    these; of many columns some at a time, so the time is in proportion to the columns.

    Raises:
        InvalidBaseline: The data set has no rows.
    """
    first = observe(batch, {})
    if not first.records:
        raise InvalidBaseline("the data set has no rows; expected at least one to learn from")
    expected = _expected(batch, first.features, first.records)
    features, buckets = _counted(batch, expected, first.features)
    statistics = {
        "version": 0.0,
        "dataset": {"item_count": first.records},
        "features": [
            statistics_of(expected[name], features[name], buckets.get(name, []))
            for name in expected
        ],
    }
    constraints = {
        "version": 0.0,
        "features": [constraint_of(expected[name], features[name]) for name in expected],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1.0,
            "domain_content_threshold": 1.0,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": drift_threshold,
                "comparison_method": method,
            },
        },
    }
    return statistics, constraints


def _expected(
    batch: Batch, features: Mapping[str, FeatureState], records: int
) -> dict[str, FeatureBaseline]:
    columns = {column.name: column for column in columns_of(batch, {})}
    numbers = [c for name, c in columns.items() if features[name].inferred_type in _NUMBERS]
    texts = [c for name, c in columns.items() if features[name].inferred_type == "String"]
    edges = _edges(batch, numbers, records)
    categories = _categories(batch, texts)
    edges |= _lengths(batch, [c for c in texts if c.name not in categories], records)
    return {
        name: FeatureBaseline(
            name=name,
            inferred_type=features[name].inferred_type,
            edges=edges.get(name, ()),
            categories=categories.get(name),
        )
        for name in columns
    }


def _asked(
    batch: Batch, columns: Sequence[Column], aggregate: str, at_once: int = _COLUMNS_AT_ONCE
) -> dict[str, Any]:
    """An aggregate of each column, of some columns in one statement.

    Args:
        aggregate: SQL with a `{text}` and a `{number}`, of which the latter is finite or NULL.
    """
    found: dict[str, Any] = {}
    for start in range(0, len(columns), at_once):
        some = columns[start : start + at_once]
        parts = ", ".join(aggregate.format(text=c.text, number=c.own("finite")) for c in some)
        derived = ", ".join(
            f"CASE WHEN isfinite({c.own('number')}) THEN {c.own('number')} END AS {c.own('finite')}"
            for c in some
        )
        values = aggregated(batch, some, derived, parts)
        found |= {column.name: value for column, value in zip(some, values, strict=True)}
    return found


def _edges(batch: Batch, columns: Sequence[Column], records: int) -> dict[str, tuple[float, ...]]:
    """The quantiles of numbers, as upper bounds of bins: they are dense where the data are."""
    found = _quantiles(batch, columns, "{number}", records)
    short = {column.name for column in columns if column.kind == "FLOAT"}
    return {
        name: _bins(_as_written(edge) if name in short else edge for edge in edges or [])
        for name, edges in found.items()
    }


def _lengths(batch: Batch, columns: Sequence[Column], records: int) -> dict[str, tuple[float, ...]]:
    """The same of the lengths of free texts."""
    found = _quantiles(batch, columns, "length({text})::DOUBLE", records)
    return {name: _bins(edges or []) for name, edges in found.items()}


def _quantiles(
    batch: Batch, columns: Sequence[Column], value: str, records: int
) -> dict[str, list[float] | None]:
    points = ", ".join(str(point / _EDGES) for point in range(_EDGES + 1))
    at_once = min(_COLUMNS_AT_ONCE, max(1, _VALUES_AT_ONCE // records))
    return _asked(batch, columns, f"quantile_disc({value}, [{points}])", at_once)


def _bins(quantiles: Iterable[float]) -> tuple[float, ...]:
    """Upper bounds of bins at quantiles.

    What is below all has a bin of its own, and so has each number that is several quantiles, so
    that it cannot move unseen to what lies between it and the one before it.
    """
    times = Counter(quantiles)
    own_bins = {edge for edge, count in times.items() if count > 1} | {*sorted(times)[:1]}
    return tuple(sorted({*times, *(b for b in map(below, own_bins) if math.isfinite(b))}))


def _as_written(edge: float) -> float:
    """The upper one of the two numbers that a 32-bit float is: itself, and as it is written.

    The float 0.7 is 0.699999988 as a double, but traffic has 0.7: both belong into one bin.
    """
    for digits in range(6, 10):
        written = float(f"{edge:.{digits}g}")
        if struct.unpack("f", struct.pack("f", written))[0] == edge:
            return max(edge, written)
    return edge


def _categories(batch: Batch, columns: Sequence[Column]) -> dict[str, dict[str, int]]:
    """How often each value of a text came, the most frequent first; not of free texts."""
    different = _asked(batch, columns, "approx_count_distinct({text})")
    few = [column for column in columns if different[column.name] <= _SURELY_TOO_MANY]
    counts = _asked(batch, few, "histogram({text})")
    return {
        name: dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
        for name, found in counts.items()
        if found and len(found) <= _MOST_CATEGORIES
    }


def _counted(
    batch: Batch, expected: Mapping[str, FeatureBaseline], features: Mapping[str, FeatureState]
) -> tuple[dict[str, FeatureState], dict[str, list[dict[str, float]]]]:
    """The features with their histograms, and ten buckets of equal width, as SageMaker has them.

    Both are counted at once, on the bounds of both.
    """
    found: dict[str, FeatureState] = {}
    buckets: dict[str, list[dict[str, float]]] = {}
    inner = {name: _inner(state) for name, state in features.items()}
    both = {
        name: replace(one, edges=tuple(sorted({*one.edges, *inner[name]})))
        for name, one in expected.items()
    }
    for some in groups(batch, list(columns_of(batch, both))):
        derived, parts = [], []
        for column in some:
            derived += [column.finite(), *column.known(), *column.length()]
            number = column.own("number")
            parts += [
                *column.counted(),
                *(f"count_if({number} = '{sign}inf'::DOUBLE)" for sign in "-+"),
            ]
        values = iter(aggregated(batch, some, ", ".join(derived), ", ".join(parts)))
        for column in some:
            counts, known, below, above = (next(values) for _ in range(4))
            name, first, categories = column.name, features[column.name], dict(known or {})
            free = expected[name].categories is None
            found[name] = replace(
                first,
                bins=binned(_summed(counts, expected[name].edges), expected[name], below, above),
                known=categories,
                unknown=0 if free else first.present - sum(categories.values()),
            )
            if first.inferred_type in _NUMBERS and first.minimum is not None:
                buckets[name] = list(_bounded(first, counts or {}, inner[name]))
    return found, buckets


def _summed(counts: Mapping[float, int] | None, edges: Sequence[float]) -> dict[float, int]:
    """The counts of some edges, out of those of more."""
    found: dict[float, int] = {}
    for edge, count in (counts or {}).items():
        place = bisect_left(edges, edge)
        upper = edges[place] if place < len(edges) else math.inf
        found[upper] = found.get(upper, 0) + count
    return found


def _inner(state: FeatureState) -> list[float]:
    """The greatest number of each bucket but the last; a lower bound belongs to its bucket."""
    if state.inferred_type not in _NUMBERS or state.minimum == state.maximum:
        return []
    return [below(lower) for lower, _ in _bounds(state)[1:]]


def _bounds(state: FeatureState) -> list[tuple[float, float]]:
    """The lower and the upper bound of each bucket."""
    low, high = state.minimum or 0.0, state.maximum or 0.0
    # Halves: the distance of two doubles may be beyond what one holds.
    half = (high * 0.5 - low * 0.5) / _BUCKETS
    lowers = [low + place * half + place * half for place in range(_BUCKETS)]
    return list(zip(lowers, [*lowers[1:], high], strict=True))


def _bounded(
    state: FeatureState, counts: Mapping[float, int], inner: Sequence[float]
) -> Iterator[dict[str, float]]:
    found = [0] * _BUCKETS
    for edge, count in counts.items():
        found[bisect_left(inner, edge)] += count
    for (lower, upper), count in zip(_bounds(state), found, strict=True):
        yield {"lower_bound": lower, "upper_bound": upper, "count": float(count)}
