"""CloudWatch's alarms: who evaluates them, and who acts when their state changes."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch

Alarm = dict[str, Any]
# (alarm, old state, new state)
Act = Callable[[Alarm, str, str], None]
# Members of PutMetricAlarm that MiniStack forgets.
_FORGOTTEN = ("Metrics", "ThresholdMetricId", "EvaluateLowSampleCountPercentile")
_OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit")


def take_over(act: Act) -> None:
    """Lets `act` do what follows a change of state; nobody but the caller evaluates alarms."""
    cloudwatch._evaluate_alarm = lambda _alarm: None
    cloudwatch._dispatch_alarm_actions = lambda alarm, old, new, _reason: act(alarm, old, new)
    put = cloudwatch._put_metric_alarm

    def put_whole(params: Any, given: Alarm, *protocol: Any) -> Any:
        answer = put(params, given, *protocol)
        if answer[0] < 400 and given:
            alarm = cloudwatch._alarms[given["AlarmName"]]
            alarm.update({name: given[name] for name in _FORGOTTEN if name in given})
            unused = _OF_ONE_METRIC if "Metrics" in given else ()
            for name in (*unused, "ExtendedStatistic" if "Statistic" in given else "Statistic"):
                alarm.pop(name, None)
        return answer

    cloudwatch._put_metric_alarm = put_whole


def metric_alarms() -> Iterator[Alarm]:
    """Every alarm on metrics; while one is looked at, its account and region are in force."""
    for (account, region, _name), alarm in list(cloudwatch._alarms._data.items()):
        responses.set_request_account_id(account)
        responses.set_request_region(region)
        yield alarm


def change(alarm: Alarm, state: str, reason: str, data: dict[str, Any] | None) -> None:
    """Changes the state of an alarm on metrics: history, actions, the composite alarms above."""
    old, now = alarm["StateValue"], time.time()
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=now)
    alarm["StateTransitionedTimestamp"] = now
    alarm.pop("StateReasonData", None)
    if data is not None:
        alarm["StateReasonData"] = json.dumps(data, separators=(",", ":"))
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason, reason_data=data)
    cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def record_action(alarm: Alarm, summary: str, data: dict[str, Any]) -> None:
    """Adds an action that was done, or failed, to an alarm's history."""
    now = datetime.now(UTC)
    cloudwatch._history_entries().append(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
            "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "HistoryItemType": "Action",
            "HistorySummary": summary,
            "HistoryData": json.dumps(data),
        }
    )
