"""The names that Step Functions gives to errors of APIs, as `Retry` and `Catch` must spell them.

Both kinds of integration put the service's name before the exception's. An error that the API's
model does not have, for example a denied access, is the service's one general exception: the AWS
SDK integrations have `SageMaker.SageMakerException`, the older, optimized ones
`SageMaker.AmazonSageMakerException`.
"""

import re
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from localcloud.hooks.states import TaskFailure

# By the service in the resource: the name before the dot, and the general exception after it.
_OPTIMIZED = {
    "dynamodb": ("DynamoDB", "AmazonDynamoDBException"),
    "emr-serverless": ("EMRServerless", "AmazonEMRServerlessException"),
    "events": ("EventBridge", "AmazonEventBridgeException"),
    "lambda": ("Lambda", "AWSLambdaException"),
    "sagemaker": ("SageMaker", "AmazonSageMakerException"),
    "sns": ("SNS", "AmazonSNSException"),
    "sqs": ("SQS", "AmazonSQSException"),
    "states": ("StepFunctions", "AWSStepFunctionsException"),
}


@dataclass(frozen=True, kw_only=True)
class Namer:
    """How the errors of one service are called."""

    label: str
    general: str


def optimized(service: str) -> Namer:
    """The names in an optimized integration."""
    label, general = _OPTIMIZED[service]
    return Namer(label=label, general=general)


def sdk(client: Any) -> Namer:
    """The names in an AWS SDK integration: `DynamoDb`, `Ec2`, `SageMaker`."""
    words = re.split(r"[ -]", client.meta.service_model.service_id)
    label = "".join(re.sub(r"[A-Z]{2,}(?![a-z])", _capitalized, word) for word in words)
    return Namer(label=label, general=f"{label}Exception")


def _capitalized(found: re.Match[str]) -> str:
    return found.group().capitalize()


def failure(namer: Namer, error: ClientError | BotoCoreError, client: Any) -> TaskFailure:
    """An error of a call as the failure of its task."""
    if isinstance(error, ParamValidationError):
        return TaskFailure("States.Runtime", str(error))
    if not isinstance(error, ClientError):
        return TaskFailure(f"{namer.label}.SdkClientException", str(error))
    response: Any = error.response
    about, given = response["ResponseMetadata"], response["Error"]
    code, message = given["Code"], given["Message"]
    # What SQS had as a query API is still its code; the model's name comes beside it.
    name = _modelled(given.get("QueryErrorCode", code), client) or namer.general
    told = (
        f"{message} (Service: {namer.label}; Status Code: {about.get('HTTPStatusCode', 400)}; "
        f"Error Code: {code}; Request ID: {about.get('RequestId', '')})"
    )
    return TaskFailure(f"{namer.label}.{name}", told)


def _modelled(code: str, client: Any) -> str | None:
    """The exception of an error code in the API's model; every one's name ends the same way."""
    for shape in client.meta.service_model.error_shapes:
        if code in (shape.name, shape.error_code):
            return re.sub("(Exception|Fault)$", "", shape.name) + "Exception"
    return None
