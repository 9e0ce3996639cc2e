"""What a Step Functions task does: a real API call, with the state machine's own role.

MiniStack performs tasks by calling its services from within, where no policy is asked. Here each
task is a call of botocore's through the front door: parameters are checked against AWS's own
service model, and the role of the state machine needs the permission, as on AWS.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ParamValidationError,
    UnknownServiceError,
)

from localcloud import access, clock
from localcloud.config import Config
from localcloud.hooks.states import TaskFailure, perform_tasks_with

PRINCIPAL = "states.amazonaws.com"
_RESOURCE = re.compile(r"arn:aws:states:::(aws-sdk:)?(\w+):(\w+?)(\.sync(?::2)?)?$")
# The names that Step Functions and botocore have for the same service.
_SERVICES = {"sfn": "stepfunctions", "states": "stepfunctions", "eventbridge": "events"}
_SDK_NAMES = {
    "cloudformation": "CloudFormation",
    "dynamodb": "DynamoDb",
    "eventbridge": "EventBridge",
    "sagemaker": "SageMaker",
    "sagemakerruntime": "SageMakerRuntime",
}
_OPTIMIZED_NAMES = {"dynamodb": "DynamoDB", "sagemaker": "SageMaker", "sns": "SNS", "sqs": "SQS"}
# Members that take JSON where the API has a text.
_JSON_TEXTS = {"Detail", "Message", "MessageBody", "Input"}
_POLL_SECONDS = 1.0


def install(_config: Config) -> None:
    """Lets state machines perform their tasks this way."""
    perform_tasks_with(perform)


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
    if (service, action, sdk) == ("lambda", "invoke", None):
        return _invoke(arguments, role_arn)
    result = _call(service, action, arguments, role_arn, optimized=not sdk)
    if sync:
        return _awaited(service, action, arguments, result, role_arn)
    return result


def _client(service: str, role_arn: str) -> Any:
    try:
        given = access.credentials(role_arn, PRINCIPAL, "states")
        return access.client(_SERVICES.get(service, service), given)
    except access.CannotAssume as error:
        raise TaskFailure("States.Permissions", str(error)) from error
    except UnknownServiceError as error:
        raise TaskFailure("States.Runtime", str(error)) from error


def _invoke(arguments: Any, role_arn: str) -> dict[str, Any]:
    client = _client("lambda", role_arn)
    payload = json.dumps(arguments.get("Payload", {}))
    request = {"InvocationType": "RequestResponse"} | arguments | {"Payload": payload}
    try:
        answer = client.invoke(**request)
    except (ClientError, BotoCoreError) as error:
        raise _failure("Lambda", error) from error
    text = answer["Payload"].read().decode()
    body = json.loads(text) if text else None
    if "FunctionError" in answer:
        name = body.get("errorType", "Lambda.Unknown") if isinstance(body, dict) else "Exception"
        raise TaskFailure(name, text)
    return {
        "ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"),
        "Payload": body,
        "StatusCode": answer["StatusCode"],
    }


def _call(service: str, action: str, arguments: Any, role_arn: str, *, optimized: bool) -> Any:
    client = _client(service, role_arn)
    operation = action[0].upper() + action[1:]
    method = getattr(client, xform_name(operation), None)
    if method is None:
        raise TaskFailure("States.Runtime", f"{service} has no action {action}")
    names = _OPTIMIZED_NAMES if optimized else _SDK_NAMES
    label = names.get(service, service[0].upper() + service[1:])
    model = client.meta.service_model.operation_model(operation)
    request = _request(arguments, model.input_shape, texts=optimized)
    try:
        answer = method(**request)
    except (ClientError, BotoCoreError) as error:
        raise _failure(label, error) from error
    answer.pop("ResponseMetadata", None)
    if answer.get("FailedEntryCount"):
        raise TaskFailure(f"{label}.FailedEntry", json.dumps(answer["Entries"]))
    return _plain(answer)


def _request(given: Any, shape: Any, *, texts: bool) -> Any:
    """The arguments with the API's own spelling of each member (`Tasktoken` and the like)."""
    if shape is None or given is None:
        return given or {}
    if shape.type_name == "structure" and isinstance(given, dict):
        spelled = {name.lower(): name for name in shape.members}
        request = {}
        for key, value in given.items():
            name = spelled.get(key.lower(), key)
            member = shape.members.get(name)
            if texts and key[0].upper() + key[1:] in _JSON_TEXTS and not isinstance(value, str):
                value = json.dumps(value)
            request[name] = _request(value, member, texts=texts) if member else value
        return request
    if shape.type_name == "list" and isinstance(given, list):
        return [_request(item, shape.member, texts=texts) for item in given]
    if shape.type_name == "map" and isinstance(given, dict):
        return {key: _request(value, shape.value, texts=texts) for key, value in given.items()}
    return given


def _plain(value: Any) -> Any:
    """An answer as JSON: members in Pascal case, times as ISO 8601, streams as text."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:] if key else key: _plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if hasattr(value, "read"):
        value = value.read()
    return value.decode() if isinstance(value, bytes) else value


def _failure(label: str, error: ClientError | BotoCoreError) -> TaskFailure:
    if isinstance(error, ParamValidationError):
        return TaskFailure("States.Runtime", str(error))
    if not isinstance(error, ClientError):
        return TaskFailure(f"{label}.SdkClientException", str(error))
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", 400)
    # What an API's model does not name is its service's one general exception.
    modelled = code.endswith("Exception")
    name = code if modelled else f"{label}Exception"
    told = message if modelled else f"{code}: {message}"
    return TaskFailure(f"{label}.{name}", f"{told} (Service: {label}, Status Code: {status})")


def _awaited(service: str, action: str, arguments: Any, result: Any, role_arn: str) -> Any:
    """The description of what a `.sync` task started, once it has ended."""
    wait = _WAITS.get((service, action))
    if wait is None:
        raise TaskFailure(
            "States.Runtime",
            f"{service}:{action}.sync is not known to the embedded cloud; "
            f"add it in localcloud/integrations.py",
        )
    return wait(arguments, result, role_arn)


def _training_job(arguments: Any, _result: Any, role_arn: str) -> Any:
    name = {"TrainingJobName": arguments["TrainingJobName"]}
    while True:
        found = _call("sagemaker", "describeTrainingJob", name, role_arn, optimized=True)
        status = found["TrainingJobStatus"]
        if status == "Completed":
            return found
        if status in ("Failed", "Stopped"):
            raise TaskFailure("States.TaskFailed", json.dumps(found))
        time.sleep(min(_POLL_SECONDS, clock.wall_seconds(_POLL_SECONDS * 5)))


def _execution(_arguments: Any, result: Any, role_arn: str) -> Any:
    arn = {"ExecutionArn": result["ExecutionArn"]}
    while True:
        found = _call("states", "describeExecution", arn, role_arn, optimized=True)
        if found["Status"] == "SUCCEEDED":
            return found
        if found["Status"] != "RUNNING":
            raise TaskFailure("States.TaskFailed", json.dumps(found))
        time.sleep(min(_POLL_SECONDS, clock.wall_seconds(_POLL_SECONDS * 5)))


_WAITS: dict[tuple[str, str], Callable[[Any, Any, str], Any]] = {
    ("sagemaker", "createTrainingJob"): _training_job,
    ("states", "startExecution"): _execution,
}
