"""Rules with a schedule (EventBridge) and schedules (EventBridge Scheduler): who fires them."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ministack.core import responses
from ministack.services import eventbridge, scheduler

Record = dict[str, Any]
Key = tuple[str, str, str]  # account, region, name


def fire_with(start: Callable[[], None]) -> None:
    """Lets `start` begin to fire rules and schedules, once the server is up."""
    eventbridge.start_scheduler = start
    scheduler.start_scheduler = lambda: None


def rules() -> dict[Key, Record]:
    """Every rule that has a schedule and is enabled, with its time of creation."""
    found = {
        key: rule
        for key, rule in list(eventbridge._rules._data.items())
        if rule.get("State") == "ENABLED" and rule.get("ScheduleExpression")
    }
    for rule in found.values():
        # A rule that a stack made has none, and came since somebody last looked.
        rule.setdefault("CreationTime", int(datetime.now(UTC).timestamp()))
    return found


def schedules() -> dict[Key, Record]:
    """Every schedule that is enabled."""
    return {
        key: schedule
        for key, schedule in list(scheduler._schedules._data.items())
        if schedule.get("State") == "ENABLED"
    }


def delete_schedule(key: Key) -> None:
    """Removes a schedule that is completed."""
    scheduler._schedules._data.pop(key, None)


def fire_rule(key: Key, rule: Record, time: datetime) -> None:
    """Sends a rule's targets the event of its schedule."""
    _act_as(key)
    event = {
        "EventId": str(uuid.uuid4()),
        "Source": "aws.events",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "EventBusName": rule.get("EventBusName", "default"),
        "Time": int(time.timestamp()),
        "Resources": [rule["Arn"]],
        "Account": key[0],
        "Region": key[1],
    }
    view = eventbridge._pattern_event_view(event)
    for target in eventbridge._targets._data.get(key, []):
        eventbridge._invoke_target(target, event, rule, view)


def _act_as(key: Key) -> None:
    account, region, _name = key
    responses.set_request_account_id(account)
    responses.set_request_region(region)


def next_by_cron(expression: str, after: datetime) -> datetime | None:
    """The first time after another at which `cron(...)` fires; None where it never does.

    Raises:
        ValueError: It is not a cron expression.
    """
    fields = eventbridge._parse_cron_fields(expression)
    if fields is None:
        raise ValueError(expression)
    found: datetime | None = eventbridge._cron_next_fire(fields, after)
    return found
