"""Watches alarms while traffic goes over to something new."""

import time
from collections.abc import Callable, Sequence
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
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Waits a stretch of the cloud's time, or until somebody has stopped it.

    Args:
        cloudwatch: A client that may describe the alarms.
        names: Of metric and composite alarms.
        seconds: Of the cloud's time.
        stopped: Whether there is nothing to wait for any more.

    Raises:
        AlarmFired: One of the alarms is in ALARM.
    """
    deadline = time.monotonic() + clock.wall_seconds(seconds)
    while not stopped():
        if names:
            found = cloudwatch.describe_alarms(
                AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
            every = found["MetricAlarms"] + found.get("CompositeAlarms", [])
            if fired := [a["AlarmName"] for a in every if a["StateValue"] == "ALARM"]:
                raise AlarmFired(f"alarm {', '.join(fired)} fired.")
        left = deadline - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, _LOOK_SECONDS))
