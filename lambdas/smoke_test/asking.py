"""Asks a model the sample of a version, in the way in which its callers ask it."""

import json
import time
import uuid
from http import HTTPStatus

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.common.aws import client, says
from lambdas.common.objects import ObjectRefused, Objects
from lambdas.common.training import Sample
from terrace.deployment import Deployment
from terrace.errors import TerraceError
from terrace.names import ALIAS, REQUESTS, SMOKE_TEST

_SHOWN = 300  # characters of an answer that a message tells
_LOOK_SECONDS = 1.0


class SmokeTestFailed(TerraceError):
    """An endpoint does not answer as its model does."""


def asked(
    model: Deployment, endpoint: str, sample: Sample, objects: Objects, *, seconds: float
) -> str:
    """The answer to the sample.

    Args:
        model: The model.
        endpoint: Its endpoint, where it has one.
        sample: What to ask.
        objects: The tenant's bucket, by way of which an asynchronous endpoint is asked.
        seconds: How long an answer is waited for there.

    Raises:
        SmokeTestFailed: There is no such endpoint, or it answers with an error or not in time.
    """
    match model.model.endpoint.asked_through:
        case "endpoint":
            return _by_endpoint(endpoint, sample)
        case "function":
            return _by_function(model.names.serving_function, sample)
        case "bucket":
            return _by_bucket(endpoint, model.names.model, sample, objects, seconds)


def _by_endpoint(endpoint: str, sample: Sample) -> str:
    try:
        answer = client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint,
            ContentType=sample.content_type,
            Accept=sample.content_type,
            Body=sample.request.encode(),
        )
    except (ClientError, BotoCoreError) as error:
        raise _failed(endpoint, error) from error
    return bytes(answer["Body"].read()).decode(errors="replace")


def _by_function(function: str, sample: Sample) -> str:
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


def _by_bucket(endpoint: str, model: str, sample: Sample, objects: Objects, seconds: float) -> str:
    """The sample waits in the queue behind what others have asked."""
    deadline = time.monotonic() + seconds
    key = f"{model}/{REQUESTS}/{SMOKE_TEST}/{uuid.uuid4()}"
    try:
        told = client("sagemaker-runtime").invoke_endpoint_async(
            EndpointName=endpoint,
            ContentType=sample.content_type,
            Accept=sample.content_type,
            InputLocation=objects.write(key, sample.request, content_type=sample.content_type),
        )
    except (ClientError, BotoCoreError) as error:
        raise _failed(endpoint, error) from error
    while time.monotonic() < deadline:
        if (answer := _found(objects, told["OutputLocation"])) is not None:
            return answer
        if (failure := _found(objects, told["FailureLocation"])) is not None:
            raise SmokeTestFailed(
                f"endpoint {endpoint!r} did not answer the sample ({failure[:_SHOWN]}); "
                "expected an answer"
            )
        time.sleep(_LOOK_SECONDS)
    raise SmokeTestFailed(
        f"endpoint {endpoint!r} did not answer the sample within {seconds:.0f} s; expected an "
        "answer: it waits behind what others have asked"
    )


def _found(objects: Objects, uri: str) -> str | None:
    try:
        return objects.read(uri).decode(errors="replace")
    except ObjectRefused:
        return None


def _failed(endpoint: str, error: Exception) -> SmokeTestFailed:
    for code in ("ValidationError", "ValidationException"):
        missing = isinstance(error, ClientError) and says(error, code, "not found", "could not")
        if missing:
            return SmokeTestFailed(
                f"endpoint {endpoint!r} does not exist; expected one in service, "
                "as the rollout's stack update creates it"
            )
    return SmokeTestFailed(
        f"endpoint {endpoint!r} answered the sample with an error ({str(error)[:_SHOWN]}); "
        "expected an answer"
    )
