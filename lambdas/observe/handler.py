"""Observe: the state of one part of a window, kept for the monitor to put together."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.parts import Part
from lambdas.observe.part import observe

logger = Logger(service="observe")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Writes the part's state and quarantine; how many records were set aside."""
    part, told = Part.model_validate(event), environment()
    quarantined = observe(part, told.tenant, told.bucket)
    logger.info("observed", extra={"part": part.number, "objects": len(part.uris)})
    return {"part": part.number, "quarantined": quarantined}
