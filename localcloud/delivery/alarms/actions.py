"""What follows when an alarm changes its state: an event, and the actions of the new state.

A topic or a function must let CloudWatch in by its own policy, and so must the key of an encrypted
topic. Each action, done or failed, is in the alarm's history.
"""

import logging
from collections.abc import Mapping
from typing import Any

from localcloud import access
from localcloud.delivery import encryption
from localcloud.delivery.alarms import events
from localcloud.errors import LocalCloudError
from localcloud.hooks import alarms as hooks
from localcloud.hooks import functions, topics
from localcloud.hooks.events import put_aws_event

_TOPICS, _FUNCTIONS = "cloudwatch.amazonaws.com", "lambda.alarms.cloudwatch.amazonaws.com"
_MEMBERS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
_log = logging.getLogger("localcloud")


class ActionFailed(LocalCloudError):
    """An action that could not be done."""


class Actions:
    """Acts, and remembers each alarm's state for the next event."""

    def __init__(self) -> None:
        self._previous: dict[str, dict[str, Any]] = {}

    def act(self, alarm: hooks.Alarm, old: str, new: str) -> None:
        """Tells of a change of state, and does what the alarm asks for."""
        arn = alarm["AlarmArn"]
        previous = self._previous.get(arn) or _initial(alarm, old)
        self._previous[arn] = events.state(alarm)
        detail = events.detail(alarm, previous)
        put_aws_event("aws.cloudwatch", "CloudWatch Alarm State Change", detail, [arn])
        if alarm.get("ActionsEnabled", True):
            for action in alarm.get(_MEMBERS[new]) or ():
                _attempt(alarm, old, action, detail)


def _initial(alarm: Mapping[str, Any], old: str) -> dict[str, Any]:
    created = {
        "StateValue": old,
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": alarm["AlarmConfigurationUpdatedTimestamp"],
    }
    return events.state(created)


def _attempt(alarm: hooks.Alarm, old: str, action: str, detail: Mapping[str, Any]) -> None:
    data = {"actionState": "Succeeded", "stateUpdateTimestamp": detail["state"]["timestamp"],
            "notificationResource": action, "publishedMessage": None, "error": None}  # fmt: skip
    try:
        _do(alarm, old, action, detail)
    except ActionFailed as error:
        _log.warning("%s cannot do %s: %s", alarm["AlarmArn"], action, error)
        failed = data | {"actionState": "Failed", "error": str(error)}
        hooks.record_action(alarm, f"Failed to execute action {action}", failed)
    else:
        hooks.record_action(alarm, f"Successfully executed action {action}", data)


def _do(alarm: hooks.Alarm, old: str, action: str, detail: Mapping[str, Any]) -> None:
    source = alarm["AlarmArn"]
    match action.split(":")[2]:
        case "sns":
            _permit(_TOPICS, "sns:Publish", action, source)
            if refused := encryption.refusal(_TOPICS, action, source):
                raise ActionFailed(refused)
            if not topics.publish(action, events.message(alarm, old), events.subject(alarm)):
                raise ActionFailed("there is no such topic")
        case "lambda":
            _permit(_FUNCTIONS, "lambda:InvokeFunction", action, source)
            record = functions.find(action)
            if record is None:
                raise ActionFailed("there is no such function")
            functions.enqueue(record, _event(alarm, detail))
        case "autoscaling":
            pass  # the policy looks at its alarms itself, for as long as they fire
        case service:
            raise ActionFailed(f"the embedded cloud does not know actions of {service}")


def _permit(principal: str, action: str, resource: str, source: str) -> None:
    if not access.service_may(principal, action, resource, source):
        raise ActionFailed(f"no policy of {resource} lets {principal} do {action} for {source}")


def _event(alarm: Mapping[str, Any], detail: Mapping[str, Any]) -> dict[str, Any]:
    _arn, _aws, _cloudwatch, region, account, *_ = alarm["AlarmArn"].split(":")
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": account,
        "time": detail["state"]["timestamp"],
        "region": region,
        "alarmData": dict(detail),
    }
