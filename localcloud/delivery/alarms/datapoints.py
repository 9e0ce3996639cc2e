"""The values that an alarm looks at, a period each; periods are shorter where the clock is faster.

A period ends now, not at the full minute: an alarm sees a value at once.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localcloud import clock
from localcloud.delivery.alarms import expression
from localcloud.delivery.alarms.expression import InvalidExpression, Series
from localcloud.delivery.alarms.verdict import EXTRA_PERIODS, Datapoint
from localcloud.hooks import figures

DEFAULT_PERIOD = 60


def statistic(alarm: Mapping[str, Any]) -> str:
    """The statistic of an alarm on one metric."""
    return str(alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average")


def period(alarm: Mapping[str, Any]) -> int:
    """The length of a period in seconds of the cloud's time."""
    given = [alarm, *alarm.get("Metrics", []), *(q.get("MetricStat", {}) for q in queries(alarm))]
    return int(next((one["Period"] for one in given if one.get("Period")), DEFAULT_PERIOD))


def queries(alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The metrics of an alarm on metric math."""
    return list(alarm.get("Metrics") or ())


@dataclass(frozen=True, kw_only=True)
class _Window:
    """The last periods until now, in seconds on the wall."""

    end: float
    seconds: float
    count: int

    def back(self, timestamp: float) -> int:
        """How many periods ago a time was; what a clock has ahead counts for the newest."""
        return min(max(int((self.end - timestamp) // self.seconds), 0), self.count - 1)

    def start(self, back: int) -> float:
        """When a period began."""
        return self.end - (back + 1) * self.seconds


def newest_first(alarm: Mapping[str, Any]) -> list[Datapoint]:
    """The datapoints that decide on an alarm's state.

    Raises:
        InvalidExpression: Its metric math cannot be computed here.
    """
    window = _Window(
        end=time.time(),
        seconds=clock.wall_seconds(period(alarm)),
        count=int(alarm["EvaluationPeriods"]) + EXTRA_PERIODS,
    )
    if found := queries(alarm):
        values = _computed(found, window)
    else:
        values = _values(alarm, statistic(alarm), window)
    return [
        Datapoint(start=datetime.fromtimestamp(window.start(back), UTC), value=value)
        for back, value in enumerate(values)
    ]


def _values(metric: Mapping[str, Any], name: str, window: _Window) -> Series:
    dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions") or ()}
    since = window.start(window.count - 1)
    unit = metric.get("Unit")
    periods: list[list[dict[str, Any]]] = [[] for _ in range(window.count)]
    for point in figures.points(metric["Namespace"], metric["MetricName"], dimensions, since):
        if unit in (None, "", point["Unit"]):
            periods[window.back(point["Timestamp"])].append(point)
    return [figures.statistic(values, name) for values in periods]


def _computed(metrics: list[dict[str, Any]], window: _Window) -> Series:
    known: dict[str, Series] = {}
    for query in metrics:
        if stat := query.get("MetricStat"):
            metric = stat["Metric"] | {"Unit": stat.get("Unit")}
            known[query["Id"]] = _values(metric, stat["Stat"], window)
    for query in _in_order([query for query in metrics if "Expression" in query]):
        known[query["Id"]] = expression.evaluate(query["Expression"], known)
    asked = [query["Id"] for query in metrics if query.get("ReturnData", True)]
    if len(asked) != 1:
        raise InvalidExpression(f"expected one metric that returns data, got {asked}")
    return known[asked[0]]


def _in_order(pending: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Expressions after those that they use."""
    ids = {query["Id"] for query in pending}
    ordered: list[dict[str, Any]] = []
    while pending:
        done = {query["Id"] for query in ordered}
        ready = [q for q in pending if not (_names(q) & (ids - done - {q["Id"]}))]
        if not ready:
            raise InvalidExpression(f"expressions use each other: {sorted(ids - done)}")
        ordered += ready
        pending = [query for query in pending if query not in ready]
    return ordered


def _names(query: dict[str, Any]) -> set[str]:
    text = query["Expression"]
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
