"""One firing of a schedule: its target is called with the target's role, as long as it is worth it.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
"""

import contextvars
import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import access, clock
from localcloud.delivery.schedules import targets
from localcloud.errors import LocalCloudError
from localcloud.hooks import figures

DEFAULT_RETRIES = 185
DEFAULT_MAX_AGE_SECONDS = 86_400
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 300
_RETRIED = (
    "Throttl",
    "TooManyRequests",
    "ServiceUnavailable",
    "InternalServer",
    "ServiceException",
)
_BROKEN_STATUS = 500
_log = logging.getLogger("localcloud")


@dataclass(frozen=True, kw_only=True)
class Firing:
    """A schedule that is due."""

    schedule: Mapping[str, Any]
    scheduled: datetime

    @property
    def target(self) -> Mapping[str, Any]:
        """What is called, and how."""
        return dict(self.schedule["Target"])

    @property
    def scheduled_time(self) -> str:
        """In the form that targets get."""
        return self.scheduled.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def payload(self, execution_id: str, attempt: int) -> str:
        """What the target is given in one attempt: its input with the context attributes."""
        text = self.target.get("Input") or self._default()
        for name, value in {
            "schedule-arn": self.schedule["Arn"],
            "scheduled-time": self.scheduled_time,
            "execution-id": execution_id,
            "attempt-number": str(attempt),
        }.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return str(text)

    def _default(self) -> str:
        _arn, _aws, _scheduler, region, account, _name = self.schedule["Arn"].split(":", 5)
        event = {
            "version": "0",
            "id": "<aws.scheduler.execution-id>",
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": account,
            "time": self.scheduled_time,
            "region": region,
            "resources": [self.schedule["Arn"]],
            "detail": "{}",
        }
        return json.dumps(event)


@dataclass(frozen=True, kw_only=True)
class _Failure:
    code: str
    message: str
    may_pass: bool

    @classmethod
    def of(cls, error: Exception) -> "_Failure":
        if not isinstance(error, ClientError):
            return cls(code=type(error).__name__, message=str(error), may_pass=False)
        code = error.response["Error"].get("Code", "")
        status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
        may_pass = status >= _BROKEN_STATUS or any(name in code for name in _RETRIED)
        return cls(code=code, message=error.response["Error"].get("Message", ""), may_pass=may_pass)


def fire(schedule: Mapping[str, Any], scheduled: datetime) -> None:
    """Calls a schedule's target, on a thread of its own."""
    firing = Firing(schedule=dict(schedule), scheduled=scheduled)
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_see_through, firing), daemon=True).start()


def _see_through(firing: Firing) -> None:
    policy = firing.target.get("RetryPolicy") or {}
    retries = int(policy.get("MaximumRetryAttempts", DEFAULT_RETRIES))
    max_age = int(policy.get("MaximumEventAgeInSeconds", DEFAULT_MAX_AGE_SECONDS))
    age, attempt = 0.0, 1
    while failure := _attempted(firing, attempt):
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS)
        if not failure.may_pass or attempt > retries:
            _bury(firing, failure, attempt, "MaximumRetryAttempts")
            return
        if (age := age + pause) > max_age:
            _bury(firing, failure, attempt, "MaximumEventAgeInSeconds")
            return
        time.sleep(clock.wall_seconds(pause))
        attempt += 1


def _attempted(firing: Firing, attempt: int) -> _Failure | None:
    _count(firing, "InvocationAttemptCount")
    payload = firing.payload(secrets.token_hex(8), attempt)
    try:
        targets.call(firing.target, payload)
    except (ClientError, BotoCoreError, LocalCloudError, ValueError) as error:
        _count(firing, "TargetErrorCount")
        _log.warning("%s cannot call %s: %s", firing.schedule["Arn"], firing.target["Arn"], error)
        return _Failure.of(error)
    return None


def _bury(firing: Firing, failure: _Failure, attempt: int, condition: str) -> None:
    """Sends what could not be delivered to the schedule's dead-letter queue, if it has one."""
    queue = (firing.target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        _count(firing, "InvocationDroppedCount")
        return
    execution_id = secrets.token_hex(8)
    attributes = {
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": failure.message,
        "EXECUTION_ID": execution_id,
        "EXHAUSTED_RETRY_CONDITION": condition,
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": str(attempt - 1),
        "SCHEDULED_TIME": firing.scheduled_time,
        "SCHEDULE_ARN": str(firing.schedule["Arn"]),
        "TARGET_ARN": str(firing.target["Arn"]),
    }
    try:
        targets.send(
            firing.target["RoleArn"], queue, firing.payload(execution_id, attempt), attributes
        )
        _count(firing, "InvocationsSentToDeadLetterCount")
    except (ClientError, BotoCoreError, access.CannotAssume) as error:
        _count(firing, "InvocationsFailedToBeSentToDeadLetterCount")
        _log.warning("%s cannot send to %s: %s", firing.schedule["Arn"], queue, error)


def _count(firing: Firing, metric: str) -> None:
    figures.count("AWS/Scheduler", metric, {"ScheduleGroup": firing.schedule["GroupName"]})
