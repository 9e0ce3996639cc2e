"""Endpoint metrics: summed up in memory and put once a second, so that no request waits for it.

A variant's metrics are put twice: for the endpoint as a whole, whichever fleet answers, and with
the fleet's own `EndpointConfigName`, by which the new fleet of a deployment is seen alone.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
"""

import threading
from collections import defaultdict
from typing import Any

from localcloud.sagemaker.cloud import Cloud, now

NAMESPACE = "AWS/SageMaker"
_EVERY_SECONDS = 1.0
_UNITS = dict.fromkeys(("ModelLatency", "OverheadLatency", "TimeInBacklog"), "Microseconds")
_AT_ONCE = 500
_VALUES = 150  # of a datum at most
_Dimensions = tuple[tuple[str, str], ...]
_Key = tuple[_Dimensions, str]


class Figures:
    """What was measured since it was last put, by dimensions and metric."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._values: dict[_Key, list[float]] = defaultdict(list)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        threading.Thread(target=self._put_often, daemon=True).start()

    def observe(self, endpoint: str, variant: str, config: str, **metrics: float) -> None:
        """Takes one request's figures.

        Args:
            endpoint: The endpoint's name.
            variant: The variant's name.
            config: The name of the endpoint configuration of the fleet that answered.
            metrics: Values by the metrics' names.
        """
        both_fleets = (("EndpointName", endpoint), ("VariantName", variant))
        for dimensions in (both_fleets, (*both_fleets, ("EndpointConfigName", config))):
            self._add(dimensions, metrics)

    def observe_endpoint(self, endpoint: str, **metrics: float) -> None:
        """Takes figures of an endpoint as a whole."""
        self._add((("EndpointName", endpoint),), metrics)

    def _add(self, dimensions: _Dimensions, metrics: dict[str, float]) -> None:
        with self._lock:
            for name, value in metrics.items():
                self._values[dimensions, name].append(value)

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
    dimensions, name = key
    return {
        "MetricName": name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
        "Timestamp": now(),
        "Unit": _UNITS.get(name, "None"),
        "Values": values,  # and no sums of them: alarms ask for percentiles
    }
