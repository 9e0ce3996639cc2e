"""Watches alarms while traffic goes over to something new.

The service asks for each alarm with the role that the deployment acts with. CloudWatch shows
composite alarms only to a role whose permission is for all alarms.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localcloud import access, clock
from localcloud.errors import LocalCloudError

_ACTION = "cloudwatch:DescribeAlarms"
_LOOK_SECONDS = 0.2


class AlarmFired(LocalCloudError):
    """An alarm is in ALARM, or was since the deployment began."""


class CannotLook(LocalCloudError):
    """The state of an alarm cannot be retrieved."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The alarms that end a deployment.

    Attributes:
        cloudwatch: A client that may describe the alarms and their history.
        names: Of metric and composite alarms.
        role_arns: The roles that must be allowed to describe them.
        principal: The service that assumes the roles.
        since: When the deployment began.
    """

    cloudwatch: Any
    names: Sequence[str]
    role_arns: Sequence[str]
    principal: str
    since: datetime

    def check_rights(self) -> None:
        """Checks that the alarms exist and that the roles may describe them.

        Raises:
            CannotLook: They do not, or may not.
        """
        if not self.names:
            return
        described = self._described()
        for name in self.names:
            if name not in described:
                raise CannotLook(f"alarm {name} does not exist.")
            # No narrower permission shows a composite alarm.
            alarm = described[name]
            resource = "*" if "AlarmRule" in alarm else alarm["AlarmArn"]
            for role_arn in self.role_arns:
                if denial := access.role_denial(role_arn, self.principal, _ACTION, resource):
                    raise CannotLook(denial)

    def check(self) -> None:
        """Checks that no alarm has fired.

        An alarm that fires and recovers between two looks has fired: its change of state counts.

        Raises:
            AlarmFired: One of the alarms is in ALARM, or was since the deployment began.
        """
        if not self.names:
            return
        states = {name: one["StateValue"] for name, one in self._described().items()}
        if fired := [n for n in self.names if states.get(n) == "ALARM" or self._has_fired(n)]:
            raise AlarmFired(f"alarm {', '.join(fired)} fired.")

    def watch(self, seconds: float, stopped: Callable[[], bool] = lambda: False) -> None:
        """Waits a stretch of the cloud's time, or until somebody has stopped the deployment.

        Raises:
            AlarmFired: One of the alarms is in ALARM, or was since the deployment began.
        """
        deadline = time.monotonic() + clock.wall_seconds(seconds)
        while not stopped():
            self.check()
            left = deadline - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _LOOK_SECONDS))

    def _described(self) -> dict[str, Any]:
        answer = self.cloudwatch.describe_alarms(
            AlarmNames=list(self.names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        every = answer["MetricAlarms"] + answer.get("CompositeAlarms", [])
        return {alarm["AlarmName"]: alarm for alarm in every}

    def _has_fired(self, name: str) -> bool:
        answer = self.cloudwatch.describe_alarm_history(
            AlarmName=name,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            HistoryItemType="StateUpdate",
            StartDate=self.since.replace(microsecond=0),  # histories have whole seconds
        )
        changes = (json.loads(item["HistoryData"]) for item in answer["AlarmHistoryItems"])
        return any(change["newState"]["stateValue"] == "ALARM" for change in changes)
