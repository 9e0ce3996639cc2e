"""The metrics that AWS's services put of themselves: queues and state machines.

Functions and endpoints put theirs where they run.
"""

import time
from datetime import datetime
from typing import Any

from localcloud import clock
from localcloud.hooks import figures, gauges

QUEUE_SECONDS = 60
SHORTEST_SECONDS = 0.25
_UNITS = {"ApproximateAgeOfOldestMessage": "Seconds"}
_ENDED = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


class ServiceMetrics:
    """Looks at the services each time that it is asked to."""

    def __init__(self) -> None:
        self._looked = 0.0
        # Queues that never had a message are silent, as inactive ones are on AWS.
        self._active: set[str] = set()
        self._started: set[str] = set()
        self._ended: set[str] = set()

    def put(self) -> None:
        """Puts what has changed."""
        self._put_executions()
        every = max(clock.wall_seconds(QUEUE_SECONDS), SHORTEST_SECONDS)
        if time.monotonic() - self._looked >= every:
            self._looked = time.monotonic()
            self._put_queues()

    def _put_queues(self) -> None:
        for name, found in gauges.queues():
            if any(found.values()):
                self._active.add(name)
            if name in self._active:
                for metric, value in found.items():
                    unit = _UNITS.get(metric, "Count")
                    figures.put("AWS/SQS", metric, value, {"QueueName": name}, unit=unit)

    def _put_executions(self) -> None:
        for arn, execution in gauges.executions():
            dimensions = {"StateMachineArn": execution["stateMachineArn"]}
            if arn not in self._started:
                self._started.add(arn)
                figures.count("AWS/States", "ExecutionsStarted", dimensions)
            metric = _ENDED.get(execution["status"])
            if metric and execution.get("stopDate") and arn not in self._ended:
                self._ended.add(arn)
                figures.count("AWS/States", metric, dimensions)
                taken = _moment(execution["stopDate"]) - _moment(execution["startDate"])
                figures.put(
                    "AWS/States", "ExecutionTime", taken * 1000, dimensions, unit="Milliseconds"
                )


def _moment(given: Any) -> float:
    return datetime.fromisoformat(given).timestamp() if isinstance(given, str) else float(given)
