"""Roll back: an endpoint's alarm fired; if its version is new there, the one before comes back.

While a rollout runs its own alarms undo it. This is for what shows only later: the way back is
the same as that of `terrace rollback`, by the approval state machine.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import client, environment
from lambdas.common.deployments import deployment
from lambdas.common.ownership import check_account, own_alarm
from lambdas.common.running import Running, running
from lambdas.roll_back.neighbours import approved_after, approved_before
from lambdas.roll_back.rollouts import rollout_runs
from terrace.environment import Environment
from terrace.events import way_back
from terrace.names import ERRORS, LATENCY

logger = Logger(service="roll_back")


@dataclass(frozen=True, kw_only=True)
class Fired:
    """An endpoint's alarm, and why CloudWatch says that it fired."""

    alarm: str
    model: str
    what: str
    reason: str

    @classmethod
    def of(cls, event: dict[str, Any]) -> "Fired":
        """What a change of an alarm's state tells.

        Raises:
            NotOwn: It is another tenant's, or none of an endpoint's.
        """
        detail = event["detail"]
        alarm = str(detail["alarmName"])
        model, what = own_alarm(alarm)
        reason = str(detail["state"].get("reason", ""))
        return cls(alarm=alarm, model=model, what=what, reason=reason)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    """Starts the way back, or says why not."""
    check_account(event, context)
    fired, told = Fired.of(event), environment()
    outcome = _answered(fired, told, context.aws_request_id)
    logger.info("alarm", extra={"alarm": fired.alarm, "outcome": outcome})
    return {"outcome": outcome}


def _answered(fired: Fired, told: Environment, request_id: str) -> str:
    if fired.what not in (ERRORS, LATENCY):
        return f"{fired.what} undoes no rollout"
    model = deployment(told.tenant, fired.model)
    longest = timedelta(hours=model.model.rollback_within_hours)
    if rollout_runs(told.tenant, fired.model):
        return "a rollout runs, which its own alarms undo"
    found = running(model)
    if found is None:
        return "nothing runs"
    age = datetime.now(UTC) - found.serving_since
    if age > longest:
        return f"version {found.version.number} has run for {age}, longer than {longest}"
    if newer := approved_after(found.version):
        return f"version {found.version.number} was gone back to from version {newer.number}"
    before = approved_before(found.version)
    if before is None:
        return f"no approved version is before version {found.version.number}"
    reason = f"alarm {fired.alarm} fired {_words(age)} after the rollout: {fired.reason}"
    execution = _started(before.arn, reason, found, told, request_id)
    return f"back to version {before.number}: {execution}"


def _words(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _started(arn: str, reason: str, found: Running, told: Environment, request_id: str) -> str:
    why = f"rolled back from version {found.version.number}: {reason}"
    # The same event tried again starts no second execution.
    name = hashlib.sha256(f"{request_id} {arn}".encode()).hexdigest()[:32]
    answer = client("stepfunctions").start_execution(
        stateMachineArn=told.approval_state_machine_arn,
        name=name,
        input=json.dumps(way_back(arn, why)),
    )
    return str(answer["executionArn"])
