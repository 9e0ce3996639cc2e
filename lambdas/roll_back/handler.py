"""Roll back: an endpoint's alarm fires; if its version is new there, an earlier one comes back.

While a rollout runs, alarms on the new version undo it. This is for what shows only later: the way
back is the same as that of `terrace rollback`, by the approval state machine. An alarm that stays
in ALARM sends no second event, so the end of each rollout asks for its state again.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import client, environment
from lambdas.common.deployments import deployment
from lambdas.common.ownership import check_account, check_tenant
from lambdas.common.registry import Version
from lambdas.common.running import Running, running
from lambdas.roll_back.fired import Fired, fired_since
from lambdas.roll_back.neighbours import served_before
from lambdas.roll_back.rollouts import last_rollout, rollout_runs
from terrace.deployment import Deployment
from terrace.environment import Environment
from terrace.events import RolloutFinished, way_back

logger = Logger(service="roll_back")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    """Starts the way back, or says why not."""
    check_account(event, context)
    told = environment()
    if event["detail-type"] == RolloutFinished.detail_type():
        detail = RolloutFinished.model_validate(event["detail"])
        check_tenant(RolloutFinished.detail_type(), detail.tenant)
        model = detail.model
        outcome = _after_rollout(deployment(told.tenant, model), told, context.aws_request_id)
    else:
        fired = Fired.of(event["detail"])
        model = fired.model
        outcome = _answered(fired, told, context.aws_request_id)
    logger.info("looked at alarms", extra={"model": model, "outcome": outcome})
    return {"outcome": outcome}


def _after_rollout(model: Deployment, told: Environment, request_id: str) -> str:
    """For an alarm that fired while the lock was held, or after which the way back failed."""
    found = running(model)
    if found is None:
        return "nothing runs"
    fired = fired_since(model.names, found.serving_since)
    if fired is None:
        return f"no alarm fires because of version {found.version.number}"
    return _answered(fired, told, request_id)


def _answered(fired: Fired, told: Environment, request_id: str) -> str:
    if not fired.undoes:
        return f"{fired.what} undoes no rollout"
    model = deployment(told.tenant, fired.model)
    if rollout_runs(told.tenant, fired.model):
        return "a rollout runs, at whose end its alarms are looked at again"
    found = running(model)
    if found is None:
        return "nothing runs"
    age = datetime.now(UTC) - found.serving_since
    if kept := _kept(model, found.version, age):
        return kept
    before = served_before(found.version)
    if before is None:
        return f"no version before version {found.version.number} served well and is approved"
    why = fired.reason.rstrip(".")
    reason = f"alarm {fired.alarm} fired {_words(age)} after its rollout: {why}"
    execution = _started(before.arn, reason, found, told, request_id)
    return f"back to version {before.number}: {execution}"


def _kept(model: Deployment, version: Version, age: timedelta) -> str:
    """Why a version stays whatever fires; nothing where it does not."""
    longest = timedelta(hours=model.model.rollback_within_hours)
    if age > longest:
        return f"version {version.number} has run for {age}, longer than {longest}"
    last = last_rollout(model.tenant, version.arn)
    if last and last.way_back:
        return f"version {version.number} was gone back to from version {_number(last.other)}"
    return ""


def _number(arn: str) -> str:
    return arn.rpartition("/")[2]


def _words(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _started(arn: str, reason: str, found: Running, told: Environment, request_id: str) -> str:
    why = f"instead of version {found.version.number}: {reason}"
    # The same event tried again starts no second execution.
    name = hashlib.sha256(f"{request_id} {arn}".encode()).hexdigest()[:32]
    answer = client("stepfunctions").start_execution(
        stateMachineArn=told.approval_state_machine_arn,
        name=name,
        input=json.dumps(way_back(arn, why)),
    )
    return str(answer["executionArn"])
