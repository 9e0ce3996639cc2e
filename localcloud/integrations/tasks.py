"""From a Task state's resource to the call, and from its answer to the task's result."""

import json
import re
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, UnknownServiceError

from localcloud import access
from localcloud.hooks.states import TaskFailure
from localcloud.integrations import failures, shapes, waits

PRINCIPAL = "states.amazonaws.com"
_RESOURCE = re.compile(r"arn:aws:states:::(aws-sdk:)?([\w-]+):(\w+?)(\.sync(?::2)?)?$")
# Where the name in a resource is not botocore's.
_BOTOCORE_NAMES = {
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sagemakerruntime": "sagemaker-runtime",
    "sfn": "stepfunctions",
    "states": "stepfunctions",
}
# The optimized integrations that Step Functions has, as far as they are known here.
_OPTIMIZED = {
    "emr-serverless": {"startJobRun"},
    "dynamodb": {"getItem", "putItem", "updateItem", "deleteItem"},
    "events": {"putEvents"},
    "lambda": {"invoke"},
    "sagemaker": {
        "createEndpoint",
        "createEndpointConfig",
        "createHyperParameterTuningJob",
        "createModel",
        "createProcessingJob",
        "createTrainingJob",
        "createTransformJob",
        "updateEndpoint",
    },
    "sns": {"publish"},
    "sqs": {"sendMessage"},
    "states": {"startExecution"},
}


def perform(resource: str, arguments: Any, role_arn: str) -> Any:
    """Does what a Task state's resource names, and returns the task's result.

    Raises:
        TaskFailure: The call failed, or what it started did.
    """
    if resource.startswith("arn:aws:lambda:"):
        return _invoke({"FunctionName": resource, "Payload": arguments}, role_arn)["Payload"]
    found = _RESOURCE.match(resource)
    if not found:
        raise TaskFailure("States.Runtime", f"{resource} is not a resource that a task can name")
    sdk, service, action, sync = found.groups()
    if not sdk and action not in _OPTIMIZED.get(service, ()):
        raise _unknown(resource, "an optimized integration; try aws-sdk:")
    if sync and (sdk or (service, action) not in waits.WAITS):
        raise _unknown(resource, "an integration that waits (.sync)")
    if (service, action, sdk) == ("lambda", "invoke", None):
        return _invoke(arguments, role_arn)
    result = call(service, action, arguments, role_arn, optimized=not sdk)
    if not sync:
        return result
    return waits.awaited(
        waits.WAITS[service, action],
        arguments | result,
        lambda name, given: call(service, name, given, role_arn, optimized=True),
        parsed=sync.endswith(":2"),
    )


def call(service: str, action: str, arguments: Any, role_arn: str, *, optimized: bool) -> Any:
    """Calls one API, as Step Functions spells its parameters and its answer.

    Raises:
        TaskFailure: It answered with an error, or the parameters are not the API's.
    """
    client = _client(service, role_arn)
    operation = action[0].upper() + action[1:]
    if operation not in client.meta.service_model.operation_names:
        raise TaskFailure("States.Runtime", f"{service} has no action {action}")
    model = client.meta.service_model.operation_model(operation)
    namer = failures.optimized(service) if optimized else failures.sdk(client)
    request = shapes.request(arguments, model.input_shape, texts=optimized)
    try:
        answer = getattr(client, xform_name(operation))(**request)
    except (ClientError, BotoCoreError) as error:
        raise failures.failure(namer, error, client) from error
    if optimized and answer.get("FailedEntryCount"):
        raise TaskFailure(f"{namer.label}.FailedEntry", json.dumps(answer["Entries"]))
    return shapes.answer(answer, model.output_shape)


def _invoke(arguments: Any, role_arn: str) -> dict[str, Any]:
    client = _client("lambda", role_arn)
    payload = json.dumps(arguments.get("Payload", {}))
    request = {"InvocationType": "RequestResponse"} | arguments | {"Payload": payload}
    try:
        answer = client.invoke(**request)
    except (ClientError, BotoCoreError) as error:
        raise failures.failure(failures.optimized("lambda"), error, client) from error
    text = answer["Payload"].read().decode()
    body = json.loads(text) if text else None
    if "FunctionError" in answer:
        name = body.get("errorType") if isinstance(body, dict) else None
        raise TaskFailure(name or "Lambda.Unknown", text)
    return {
        "ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"),
        "Payload": body,
        "StatusCode": answer["StatusCode"],
    }


def _client(service: str, role_arn: str) -> Any:
    try:
        name = _BOTOCORE_NAMES.get(service, service)
        return access.role_client(name, role_arn, PRINCIPAL, "states")
    except access.CannotAssume as error:
        raise TaskFailure("States.Permissions", str(error)) from error
    except UnknownServiceError as error:
        raise TaskFailure("States.Runtime", str(error)) from error


def _unknown(resource: str, what: str) -> TaskFailure:
    return TaskFailure(
        "States.Runtime",
        f"The embedded cloud does not know {resource} as {what}. "
        f"Run the state machine on AWS, or add it in localcloud/integrations.",
    )
