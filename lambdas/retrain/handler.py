"""Retrain: a training that begins by itself, if its time has come; else it waits."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import client, environment
from lambdas.common.ownership import check_account
from lambdas.retrain.memory import Memory
from lambdas.retrain.occasions import Occasion, occasions
from terrace.environment import Environment
from terrace.retraining import decided

logger = Logger(service="retrain")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Starts the trainings that an event is an occasion of; what became of each."""
    check_account(event, context)
    told = environment()
    outcomes = {
        occasion.model.model.name: _taken(occasion, told, context.aws_request_id)
        for occasion in occasions(event, told.tenant)
    }
    logger.info("occasions", extra={"outcomes": outcomes})
    return outcomes


def _taken(occasion: Occasion, told: Environment, request_id: str) -> str:
    settings, name = occasion.model.model.retraining, occasion.model.model.name
    if settings is None:
        return "is not trained by itself"
    memory = Memory(tenant=told.tenant, model=name)
    past, revision = memory.read()
    reason = occasion.reason or past.waiting
    if not reason:
        return "nothing waits"
    decision = decided(past, settings, now=datetime.now(UTC), reason=reason)
    # Remembered first: if the start fails, the occasion waits when Lambda tries again. A training
    # that is late is better than fifty.
    memory.write(decision.trainings, revision)
    if not decision.starts:
        return f"waits: {decision.held_back}"
    return f"began: {_started(occasion, reason, told, request_id)}"


def _started(occasion: Occasion, reason: str, told: Environment, request_id: str) -> str:
    model = occasion.model
    given = {
        "model": model.model.name,
        # Nobody's commit: the image is what was deployed of the code.
        "code_version": f"image {model.image.rpartition(':')[2]}",
        "reason": reason,
    }
    name = hashlib.sha256(f"{request_id} {model.model.name}".encode()).hexdigest()[:32]
    answer = client("stepfunctions").start_execution(
        stateMachineArn=told.training_state_machine_arn, name=name, input=json.dumps(given)
    )
    return str(answer["executionArn"])
