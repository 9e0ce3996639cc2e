"""Features in the shapes of SageMaker's `statistics.json` and `constraints.json`."""

import math
from collections.abc import Sequence
from typing import Any

from terrace.monitors.data_quality.baseline import FeatureBaseline
from terrace.monitors.data_quality.state import FeatureState

_KLL = {"c": 0.64, "k": 2048.0}


def statistics_of(
    expected: FeatureBaseline, state: FeatureState, buckets: Sequence[dict[str, float]]
) -> dict[str, Any]:
    """One feature's statistics; Terrace's own histogram stands beside SageMaker's."""
    common = {"num_present": state.present, "num_missing": state.missing}
    described: dict[str, Any] = {"name": expected.name, "inferred_type": state.inferred_type}
    if state.inferred_type == "String":
        categories = expected.categories or {}
        lengths = {"edges": list(expected.edges), "counts": list(state.bins)}
        described["string_statistics"] = {
            "common": common,
            "distinct_count": float(len(categories)),
            "distribution": {
                "categorical": {
                    "buckets": [
                        {"value": name, "count": state.known.get(name, 0)} for name in categories
                    ]
                }
            },
            "terrace": {
                "mean_length": state.letters / state.text if state.text else None,
                "unseen": state.unknown / state.present if expected.categories else None,
                **({"lengths": lengths} if expected.by_length else {}),
            },
        }
    elif state.inferred_type != "Unknown":
        moments = state.moments
        described["numerical_statistics"] = {
            "common": common,
            "mean": _finite(moments.mean) if moments.count else None,
            "sum": _finite(moments.sum) if moments.count else None,
            "std_dev": moments.standard_deviation,
            "min": state.minimum,
            "max": state.maximum,
            "distribution": {
                "kll": {"buckets": list(buckets), "sketch": {"parameters": _KLL, "data": []}},
                "terrace": {"edges": list(expected.edges), "counts": list(state.bins)},
            },
        }
    return described


def _finite(number: float | None) -> float | None:
    return None if number is None or not math.isfinite(number) else number


def constraint_of(expected: FeatureBaseline, state: FeatureState) -> dict[str, Any]:
    """One feature's constraints."""
    constraint: dict[str, Any] = {
        "name": expected.name,
        "inferred_type": state.inferred_type,
        "completeness": state.present / state.rows,
    }
    if state.inferred_type in ("Integral", "Fractional"):
        constraint["num_constraints"] = {"is_non_negative": not state.negative}
    if state.inferred_type == "String" and expected.categories is not None:
        constraint["string_constraints"] = {"domains": list(expected.categories)}
    return constraint
