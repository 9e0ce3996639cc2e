"""Serve: one request of a model, answered by the model or by its endpoint, and captured.

It is called through the tenant's API, or directly with an event of the same shape: `headers`,
`body`, `isBase64Encoded`. What is wrong with a request is told in the answer; what is wrong with
the function fails it, so that the alarms see it which undo a rollout.
"""

import base64
import json
import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.serve.backends import Backend, backend
from lambdas.serve.capturing import Capturing
from terrace.environment import ServingEnvironment
from terrace.names import NO_VERSION
from terrace.serving.payload import JSON, Payload, RequestRefused

logger = Logger(service="serve")

_INFERENCE_ID = "x-amzn-sagemaker-inference-id"
_CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer in the form of Lambda's proxy integration."""
    told = _told()
    headers = {str(name).lower(): str(text) for name, text in (event.get("headers") or {}).items()}
    asked = Payload(
        body=_body(event),
        content_type=headers.get("content-type", ""),
        accept=headers.get("accept", ""),
    )
    if told.model_package_arn == NO_VERSION:
        return _refusal(503, f"no version of {told.model} is approved yet")
    try:
        answered = _backend().respond(asked)
    except RequestRefused as refused:
        return _refusal(refused.status, str(refused))
    _capturing().take(
        asked,
        answered,
        event_id=context.aws_request_id,
        inference_id=headers.get(_INFERENCE_ID, ""),
        custom_attributes=headers.get(_CUSTOM_ATTRIBUTES, ""),
    )
    return _answer(200, answered)


@cache
def _told() -> ServingEnvironment:
    return ServingEnvironment.load(os.environ)


@cache
def _backend() -> Backend:
    return backend(_told())


@cache
def _capturing() -> Capturing:
    return Capturing(told=_told(), logger=logger)


def _body(event: dict[str, Any]) -> bytes:
    text = event.get("body") or ""
    return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()


def _refusal(status: int, message: str) -> dict[str, Any]:
    logger.info("refused", extra={"status": status, "reason": message})
    body = json.dumps({"error": message}).encode()
    return _answer(status, Payload(body=body, content_type=JSON))


def _answer(status: int, payload: Payload) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": payload.content_type},
        "body": payload.body.decode(errors="replace"),
        "isBase64Encoded": False,
    }
