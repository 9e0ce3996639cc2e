"""Suggests a baseline from training data: `statistics.json` and `constraints.json`."""

import math
from collections import Counter
from typing import Any

from terrace.batch import Batch, quoted
from terrace.monitors.data_quality.baseline import FeatureBaseline
from terrace.monitors.data_quality.files import constraint_of, statistics_of
from terrace.monitors.data_quality.histogram import below
from terrace.monitors.data_quality.monitoring import InvalidBaseline
from terrace.monitors.data_quality.scan import observe
from terrace.monitors.data_quality.state import FeatureState

_EDGES = 50
_MOST_CATEGORIES = 200
_BUCKETS = 10


def suggest(
    batch: Batch, drift_threshold: float = 0.1, method: str = "Robust"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Statistics and constraints of a data set, as JSON in SageMaker's shapes.

    The data are scanned three times: for types and bounds, for edges and categories, and for the
    histograms on these.

    Raises:
        InvalidBaseline: The data set has no rows.
    """
    first = observe(batch, {})
    if not first.records:
        raise InvalidBaseline("the data set has no rows; expected at least one to learn from")
    expected = {name: _expected(batch, name, state) for name, state in first.features.items()}
    state = observe(batch, expected)
    buckets = {name: _buckets(batch, name, state.features[name]) for name in expected}
    statistics = {
        "version": 0.0,
        "dataset": {"item_count": state.records},
        "features": [
            statistics_of(expected[name], feature, buckets[name])
            for name, feature in state.features.items()
        ],
    }
    constraints = {
        "version": 0.0,
        "features": [
            constraint_of(expected[name], feature) for name, feature in state.features.items()
        ],
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


def _expected(batch: Batch, name: str, state: FeatureState) -> FeatureBaseline:
    kind = state.inferred_type
    return FeatureBaseline(
        name=name,
        inferred_type=kind,
        edges=_edges(batch, name) if kind in ("Integral", "Fractional") else (),
        categories=_categories(batch, name) if kind == "String" else None,
    )


def _edges(batch: Batch, name: str) -> tuple[float, ...]:
    """The quantiles of a number, as upper bounds of bins: they are dense where the data are.

    What is below all has a bin of its own, and so has each number that is several quantiles, so
    that it cannot move unseen to what lies between it and the one before it.
    """
    number = f"TRY_CAST({quoted(name)} AS DOUBLE)"
    points = ", ".join(str(point / _EDGES) for point in range(_EDGES + 1))
    ((found,),) = batch.relation.aggregate(
        f"quantile_disc(CASE WHEN isfinite({number}) THEN {number} END, [{points}])"
    ).fetchall()
    times = Counter(found or [])
    own_bins = {edge for edge, count in times.items() if count > 1} | {*(found or [])[:1]}
    return tuple(sorted({*times, *(b for b in map(below, own_bins) if math.isfinite(b))}))


def _categories(batch: Batch, name: str) -> dict[str, int] | None:
    """How often each value of a text came; None where there are too many to be categories."""
    value = f"CAST({quoted(name)} AS VARCHAR)"
    rows = (
        batch.relation.filter(f"{quoted(name)} IS NOT NULL")
        .aggregate(f"{value} AS value, count(*) AS count", value)
        .order("count DESC, value")
        .limit(_MOST_CATEGORIES + 1)
        .fetchall()
    )
    return dict(rows) if len(rows) <= _MOST_CATEGORIES else None


def _buckets(batch: Batch, name: str, state: FeatureState) -> list[dict[str, float]]:
    """Ten buckets of equal width from the least to the greatest number, as SageMaker has them."""
    low, high = state.minimum, state.maximum
    if low is None or high is None or state.inferred_type == "String":
        return []
    width, number = (high - low) / _BUCKETS, f"TRY_CAST({quoted(name)} AS DOUBLE)"
    place = f"({number} - {low!r}) / {width!r}"
    if not math.isfinite(width):  # the range is more than a number can be
        width = high / _BUCKETS - low / _BUCKETS
        place = f"{number} / {width!r} - {low / width!r}"
    place = f"least(floor({place}), {_BUCKETS - 1})" if width else "0.0"
    finite = f"isfinite({number})"
    ((counts,),) = batch.relation.aggregate(
        f"histogram(CASE WHEN {finite} THEN {place} END)"
    ).fetchall()
    bounds = [_bound(low, high, place) for place in range(_BUCKETS)] + [high]
    return [
        {
            "lower_bound": bounds[place],
            "upper_bound": bounds[place + 1],
            "count": float((counts or {}).get(place, 0)),
        }
        for place in range(_BUCKETS)
    ]


def _bound(low: float, high: float, place: int) -> float:
    """Where a bucket begins."""
    bound = low + place * ((high - low) / _BUCKETS)
    if math.isfinite(bound):
        return bound
    return low * (1 - place / _BUCKETS) + high * (place / _BUCKETS)
