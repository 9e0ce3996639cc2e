"""Gate: is a trained version good enough to be registered?"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.deployments import deployment
from lambdas.common.request import ModelRequest
from lambdas.common.training import Metrics
from terrace.gate import reasons_against

logger = Logger(service="gate")


class Request(ModelRequest):
    """A trained version's metrics."""

    metrics: Metrics


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Holds the metrics against the model's thresholds."""
    request = Request.model_validate(event)
    model = deployment(environment().tenant, request.model)
    reasons = reasons_against(request.metrics, model.model.gate)
    logger.info("gate", extra={"passed": not reasons, "reasons": reasons})
    return {"passed": not reasons, "reasons": list(reasons)}
