"""Smoke test: does the endpoint answer as the model answered when it was trained?

Only the known sample is sent. A malformed request would say little more, and would count in
the endpoint's error metrics, on which alarms and a running rollout decide.
"""

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.common.aws import client, environment, says
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.request import ModelRequest
from lambdas.common.training import Sample
from lambdas.smoke_test.answers import difference
from terrace.errors import TerraceError
from terrace.names import ALIAS

logger = Logger(service="smoke_test")

_SHOWN = 300  # characters of an answer that a message tells


class SmokeTestFailed(TerraceError):
    """An endpoint does not answer as its model does."""


class Request(ModelRequest):
    """An endpoint that was just updated."""

    endpoint_name: str
    sample_uri: str


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Sends the version's sample to the endpoint and compares the answer."""
    request = Request.model_validate(event)
    told = environment()
    model = deployment(told.tenant, request.model)
    objects = Objects(bucket=told.bucket)
    sample = Sample.model_validate_json(objects.read(request.sample_uri))
    if model.model.endpoint.captured_by_sagemaker:
        got = answered(request.endpoint_name, sample)
    else:
        got = answered_by_function(model.names.serving_function, sample)
    differs = difference(sample.response, got, sample.content_type)
    if differs:
        raise SmokeTestFailed(
            f"endpoint {request.endpoint_name!r} answers the sample {request.sample_uri} "
            f"otherwise than its model did: {differs[:_SHOWN]}"
        )
    return {"requests": 1}


def answered(endpoint: str, sample: Sample) -> str:
    """The endpoint's answer to the sample.

    Raises:
        SmokeTestFailed: There is no such endpoint, or it answers with an error.
    """
    try:
        answer = client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint,
            ContentType=sample.content_type,
            Accept=sample.content_type,
            Body=sample.request.encode(),
        )
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError):
            _refuse_missing(endpoint, error)
        raise SmokeTestFailed(
            f"endpoint {endpoint!r} answered the sample with an error ({str(error)[:_SHOWN]}); "
            "expected an answer"
        ) from error
    return bytes(answer["Body"].read()).decode(errors="replace")


def answered_by_function(function: str, sample: Sample) -> str:
    """The answer of the function that serves the model.

    Raises:
        SmokeTestFailed: It fails, or answers with an error.
    """
    headers = {"Content-Type": sample.content_type, "Accept": sample.content_type}
    event = {"headers": headers, "body": sample.request}
    called = client("lambda").invoke(
        FunctionName=function, Qualifier=ALIAS, Payload=json.dumps(event).encode()
    )
    answer = json.loads(called["Payload"].read() or b"null")
    if called.get("FunctionError") or answer["statusCode"] != HTTPStatus.OK:
        raise SmokeTestFailed(
            f"function {function!r} answered the sample with an error "
            f"({json.dumps(answer)[:_SHOWN]}); expected an answer"
        )
    return str(answer["body"])


def _refuse_missing(endpoint: str, error: ClientError) -> None:
    for code in ("ValidationError", "ValidationException"):
        if says(error, code, "not found", "could not find"):
            raise SmokeTestFailed(
                f"endpoint {endpoint!r} does not exist; expected one in service, "
                "as the rollout's stack update creates it"
            ) from error
