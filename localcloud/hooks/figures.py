"""CloudWatch's metrics as services of AWS itself write them."""

import time
from collections.abc import Mapping

from ministack.services import cloudwatch


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
