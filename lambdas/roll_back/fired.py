"""The alarms of an endpoint that fire, as an event or CloudWatch itself reports them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.common.aws import client
from lambdas.common.ownership import own_alarm
from terrace.names import ERRORS, LATENCY, ModelNames, joined

_WATCHED = (ERRORS, LATENCY)


@dataclass(frozen=True, kw_only=True)
class Fired:
    """An endpoint's alarm, and why CloudWatch says that it fired."""

    alarm: str
    model: str
    what: str
    reason: str

    @property
    def undoes(self) -> bool:
        """Whether a version is gone back from because of it."""
        return self.what in _WATCHED

    @classmethod
    def of(cls, detail: dict[str, Any]) -> "Fired":
        """From the detail of a change of an alarm's state.

        Raises:
            NotOwn: It is another tenant's, or none of an endpoint's.
        """
        alarm = str(detail["alarmName"])
        model, what = own_alarm(alarm)
        reason = str(detail["state"].get("reason", ""))
        return cls(alarm=alarm, model=model, what=what, reason=reason)


def fired_since(names: ModelNames, since: datetime) -> Fired | None:
    """An alarm of an endpoint that is in ALARM and went there since a time; None where none is."""
    for what in _WATCHED:
        name = joined(names.base, what)
        # One at a time: of several, the role would have to be allowed all that there are.
        for alarm in client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]:
            changed = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
            if alarm["StateValue"] == "ALARM" and changed >= since:
                reason = str(alarm["StateReason"])
                return Fired(alarm=name, model=names.model, what=what, reason=reason)
    return None
