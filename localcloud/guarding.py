"""Watches alarms while traffic goes over to something new."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from localcloud import clock
from localcloud.errors import LocalCloudError

_LOOK_SECONDS = 0.2


class AlarmFired(LocalCloudError):
    """An alarm fired while it was watched."""


def watch_alarms(
    cloudwatch: Any,
    names: Sequence[str],
    seconds: float,
    since: datetime,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Waits a stretch of the cloud's time, or until somebody has stopped it.

    An alarm that fires and recovers between two looks has fired: on AWS its change of state is
    what is heard of, and a drill by `aws cloudwatch set-alarm-state` lasts but a moment.

    Args:
        cloudwatch: A client that may describe the alarms and their history.
        names: Of metric and composite alarms.
        seconds: Of the cloud's time.
        since: When what is guarded began.
        stopped: Whether there is nothing to wait for any more.

    Raises:
        AlarmFired: One of the alarms is in ALARM, or was since then.
    """
    deadline = time.monotonic() + clock.wall_seconds(seconds)
    while not stopped():
        if names:
            firing = _firing(cloudwatch, names)
            if fired := [n for n in names if n in firing or _has_fired(cloudwatch, n, since)]:
                raise AlarmFired(f"alarm {', '.join(fired)} fired.")
        left = deadline - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, _LOOK_SECONDS))


def _firing(cloudwatch: Any, names: Sequence[str]) -> set[str]:
    found = cloudwatch.describe_alarms(
        AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    every = found["MetricAlarms"] + found.get("CompositeAlarms", [])
    return {alarm["AlarmName"] for alarm in every if alarm["StateValue"] == "ALARM"}


def _has_fired(cloudwatch: Any, name: str, since: datetime) -> bool:
    found = cloudwatch.describe_alarm_history(
        AlarmName=name,
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        HistoryItemType="StateUpdate",
        StartDate=since.replace(microsecond=0),  # histories have whole seconds
    )
    told = (json.loads(item["HistoryData"]) for item in found["AlarmHistoryItems"])
    return any(change["newState"]["stateValue"] == "ALARM" for change in told)
