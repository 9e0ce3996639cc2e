"""What a schedule can call: AWS's templated targets, and any API by name (universal targets)."""

import json
from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import UnknownServiceError

from localcloud import access
from localcloud.errors import LocalCloudError
from localcloud.integrations import shapes

PRINCIPAL = "scheduler.amazonaws.com"
_UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
# Where the name in a universal target is not botocore's.
_BOTOCORE_NAMES = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}


class UnknownTarget(LocalCloudError):
    """A target that Scheduler, or this cloud's Scheduler, does not know."""


class NotTaken(LocalCloudError):
    """A target that answered, but did not take what it was given."""


def call(target: Mapping[str, Any], payload: str) -> None:
    """Calls a target with its own role.

    Raises:
        CannotAssume: Scheduler may not assume the target's role.
        ClientError: The call was refused or has failed.
        UnknownTarget: There is no such kind of target.
        ValueError: The payload of a universal target is not JSON.
    """
    arn, role_arn = str(target["Arn"]), str(target["RoleArn"])
    if arn.startswith(_UNIVERSAL):
        service, _, action = arn.removeprefix(_UNIVERSAL).partition(":")
        _call_any(service, action, role_arn, json.loads(payload))
        return
    match arn.split(":")[2]:
        case "lambda":
            _client("lambda", role_arn).invoke(
                FunctionName=arn, InvocationType="Event", Payload=payload
            )
        case "states":
            _client("stepfunctions", role_arn).start_execution(stateMachineArn=arn, input=payload)
        case "sqs":
            options = target.get("SqsParameters") or {}
            client = _client("sqs", role_arn)
            client.send_message(QueueUrl=_queue_url(client, arn), MessageBody=payload, **options)
        case "sns":
            _client("sns", role_arn).publish(TopicArn=arn, Message=payload)
        case "events":
            _put_event(target, role_arn, payload)
        case service:
            raise UnknownTarget(
                f"{arn}: the embedded cloud's Scheduler does not know targets of {service}; "
                f"call it on AWS, name the API ({_UNIVERSAL}…), or add it in {__name__}"
            )


def _put_event(target: Mapping[str, Any], role_arn: str, payload: str) -> None:
    event = {**(target.get("EventBridgeParameters") or {}), "Detail": payload}
    entry = event | {"EventBusName": target["Arn"]}
    answer = _client("events", role_arn).put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise NotTaken(f"{target['Arn']} did not take the event: {answer['Entries'][0]}")


def send(role_arn: str, queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
    """Sends a message with attributes to a queue.

    Raises:
        CannotAssume: Scheduler may not assume the role.
        ClientError: The role may not send there, or there is no such queue.
    """
    client = _client("sqs", role_arn)
    typed = {
        name: {"DataType": "String", "StringValue": text}
        for name, text in attributes.items()
        if text
    }
    url = _queue_url(client, queue_arn)
    client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=typed)


def _call_any(service: str, action: str, role_arn: str, given: Any) -> None:
    try:
        client = _client(_BOTOCORE_NAMES.get(service, service), role_arn)
    except UnknownServiceError as error:
        raise UnknownTarget(f"{_UNIVERSAL}{service}:{action}: {error}") from error
    operation = action[0].upper() + action[1:]
    if operation not in client.meta.service_model.operation_names:
        raise UnknownTarget(f"{_UNIVERSAL}{service}:{action}: {service} has no such action")
    shape = client.meta.service_model.operation_model(operation).input_shape
    getattr(client, xform_name(operation))(**shapes.request(given, shape, texts=False))


def _client(service: str, role_arn: str) -> Any:
    return access.role_client(service, role_arn, PRINCIPAL, "scheduler")


def _queue_url(client: Any, arn: str) -> str:
    """A queue's address; no permission is needed to look it up."""
    _arn, _aws, _sqs, _region, account, name = arn.split(":")
    return f"{client.meta.endpoint_url}/{account}/{name}"
