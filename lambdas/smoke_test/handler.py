"""Smoke test: does the endpoint answer as the model answered when it was trained?

Only the known sample is sent. A malformed request would say little more, and would count in
the endpoint's error metrics, on which alarms and a running rollout decide.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.request import ModelRequest
from lambdas.common.training import Sample
from lambdas.smoke_test.answers import difference
from lambdas.smoke_test.asking import SmokeTestFailed, asked

logger = Logger(service="smoke_test")

_SHOWN = 300  # characters of an answer that a message tells
_SPARE_SECONDS = 20  # for saying that no answer came


class Request(ModelRequest):
    """An endpoint that was just updated."""

    endpoint_name: str
    sample_uri: str


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Sends the version's sample to the endpoint and compares the answer."""
    request = Request.model_validate(event)
    told = environment()
    model = deployment(told.tenant, request.model)
    objects = Objects(bucket=told.bucket)
    sample = Sample.model_validate_json(objects.read(request.sample_uri))
    seconds = context.get_remaining_time_in_millis() / 1000 - _SPARE_SECONDS
    got = asked(model, request.endpoint_name, sample, objects, seconds=seconds)
    differs = difference(sample.response, got, sample.content_type)
    if differs:
        raise SmokeTestFailed(
            f"endpoint {request.endpoint_name!r} answers the sample {request.sample_uri} "
            f"otherwise than its model did: {differs[:_SHOWN]}"
        )
    return {"requests": 1}
