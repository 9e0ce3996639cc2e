"""CloudWatch's metrics as services of AWS itself write them."""

import time
from collections.abc import Mapping
from typing import Any

from ministack.services import cloudwatch

_MOST_POINTS = 20_000


def put(
    namespace: str,
    name: str,
    value: float,
    dimensions: Mapping[str, str],
    *,
    unit: str = "None",
    timestamp: float | None = None,
) -> None:
    """Adds one value to a metric."""
    given = dict(dimensions)
    point = {
        "Timestamp": time.time() if timestamp is None else timestamp,
        "Value": float(value),
        "Unit": unit,
        "Dimensions": given,
    }
    bucket = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(given)))
    bucket.append(point)


def count(namespace: str, name: str, dimensions: Mapping[str, str]) -> None:
    """Adds one to a metric that counts."""
    put(namespace, name, 1.0, dimensions, unit="Count")


def points(
    namespace: str, name: str, dimensions: Mapping[str, str], since: float
) -> list[dict[str, Any]]:
    """What was put into exactly this metric since a time; the latest values, if they are many."""
    key = (namespace, name, cloudwatch._dims_key(dict(dimensions)))
    stored = list(cloudwatch._metrics.get(key) or ())[-_MOST_POINTS:]
    return [point for point in stored if point["Timestamp"] >= since]


def statistic(values: list[dict[str, Any]], name: str) -> float | None:
    """A statistic (`Sum`, `p90`) over points; None where there is none."""
    found: float | None = None
    if values:
        found = cloudwatch._stat_value(cloudwatch._calc_stats(values), name, values)
    return found
