"""Endpoint metrics: summed up in memory and put once a second, so that no request waits for it."""

import threading
from collections import defaultdict
from typing import Any

from localcloud.sagemaker.cloud import Cloud, now

NAMESPACE = "AWS/SageMaker"
_EVERY_SECONDS = 1.0
_UNITS = dict.fromkeys(("ModelLatency", "OverheadLatency", "TimeInBacklog"), "Microseconds")
_AT_ONCE = 500
_VALUES = 150  # of a datum at most
_Key = tuple[str, str, str]


class Figures:
    """What was measured since it was last put, by endpoint, variant and metric."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._values: dict[_Key, list[float]] = defaultdict(list)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        threading.Thread(target=self._put_often, daemon=True).start()

    def observe(self, endpoint: str, variant: str, **metrics: float) -> None:
        """Takes one request's figures, or with no variant those of the endpoint as a whole."""
        with self._lock:
            for name, value in metrics.items():
                self._values[endpoint, variant, name].append(value)

    def _put_often(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            self._put()

    def _put(self) -> None:
        with self._lock:
            values, self._values = self._values, defaultdict(list)
        data = [
            _datum(key, found[first : first + _VALUES])
            for key, found in values.items()
            for first in range(0, len(found), _VALUES)
        ]
        for first in range(0, len(data), _AT_ONCE):
            self._cloud.client("cloudwatch").put_metric_data(
                Namespace=NAMESPACE, MetricData=data[first : first + _AT_ONCE]
            )


def _datum(key: _Key, values: list[float]) -> dict[str, Any]:
    endpoint, variant, name = key
    dimensions = {"EndpointName": endpoint} | ({"VariantName": variant} if variant else {})
    return {
        "MetricName": name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        "Timestamp": now(),
        "Unit": _UNITS.get(name, "None"),
        "Values": values,  # and no sums of them: alarms ask for percentiles
    }
