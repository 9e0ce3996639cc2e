"""Capture: one answer of an asynchronous endpoint, as SageMaker's notification tells of it.

SageMaker captures what real-time endpoints answer. Of an asynchronous one request and answer are
objects already; here they become a record in the same format and place, an object each. A
notification that comes twice writes the same object twice.
"""

import random
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from lambdas.capture.result import Response, Result
from lambdas.common.aws import client, environment, says
from lambdas.common.capture_lost import count_lost
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.ownership import own_model
from terrace.capture.record import Exchange, object_key
from terrace.errors import TerraceError
from terrace.names import ModelNames

logger = Logger(service="capture")

MOST_BYTES = 32 * 1024 * 1024  # of a request or an answer: a record is made of both, in memory
_PLAIN = "application/octet-stream"


class NotCaptured(TerraceError):
    """A request or an answer that no record can be made of."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, str | None]:
    """Writes the record; its address, or None where there is none to write."""
    (told,) = event["Records"]
    result = Result.model_validate_json(told["Sns"]["Message"])
    names = own_model("endpoint", result.request.endpoint_name)
    if result.response is None:
        logger.info("unanswered", extra={"model": names.model, "reason": result.failure_reason})
        return {"uri": None}
    uri = _captured(result, result.response, names, message_id=str(told["Sns"]["MessageId"]))
    return {"uri": uri}


def _captured(
    result: Result, answered: Response, names: ModelNames, *, message_id: str
) -> str | None:
    tenant = environment()
    percentage = deployment(tenant.tenant, names.model).model.capture.sampling_percentage
    # By the message: one that comes twice is taken twice or passed over twice.
    if random.Random(message_id).uniform(0, 100) >= percentage:  # noqa: S311  # no secret
        return None
    objects = Objects(bucket=tenant.bucket)
    try:
        exchange = Exchange(
            event_id=message_id,
            at=result.event_time,
            request=_content(objects, result.request.input_location),
            request_type=result.request.content_type or _PLAIN,
            response=_content(objects, answered.output_location),
            response_type=answered.content_type or _PLAIN,
            inference_id=result.inference_id,
        )
    except NotCaptured:
        logger.exception("an answer was not captured", extra={"message_id": message_id})
        count_lost(tenant.tenant, names.model)
        return None
    key = object_key(names, exchange)
    return objects.write(key, exchange.line(), content_type="application/jsonlines")


def _content(objects: Objects, uri: str) -> bytes:
    """An object's bytes.

    Raises:
        NotCaptured: It is gone, or larger than `MOST_BYTES`.
    """
    key = objects.key(uri)
    try:
        answer = client("s3").get_object(Bucket=objects.bucket, Key=key)
    except ClientError as error:
        if says(error, "NoSuchKey"):
            raise NotCaptured(f"{uri} is gone; expected to find it still there") from error
        raise
    if answer["ContentLength"] > MOST_BYTES:
        raise NotCaptured(
            f"{uri} has {answer['ContentLength']} bytes; expected at most {MOST_BYTES}"
        )
    return bytes(answer["Body"].read())
