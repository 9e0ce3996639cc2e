"""Gate: is a trained version good enough to be registered?"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.deployments import deployment
from lambdas.common.request import ModelRequest
from terrace.gate import Measured, verdicts

logger = Logger(service="gate")


class Request(ModelRequest):
    """How good a trained version is."""

    evaluation: Measured


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Holds what was measured against the model's bars and the version that runs."""
    request = Request.model_validate(event)
    model = deployment(environment().tenant, request.model)
    found = list(verdicts(request.evaluation, model.model))
    told = [f"{'passed' if one.passed else 'refused'}: {one.words}" for one in found]
    reasons = [one.words for one in found if not one.passed]
    logger.info("gate", extra={"passed": not reasons, "verdicts": told})
    return {"passed": not reasons, "reasons": reasons, "verdicts": told}
