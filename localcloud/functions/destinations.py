"""Where the end of an asynchronous invocation is told: destinations and dead-letter queue.

The function's role needs the permission to send there. Where it cannot be sent, the metrics
`DestinationDeliveryFailures` and `DeadLetterErrors` count it, and the server's log says why.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import access
from localcloud.errors import LocalCloudError
from localcloud.functions.worker import PRINCIPAL
from localcloud.hooks import figures

MAX_MESSAGE_BYTES = 1024
_log = logging.getLogger("localcloud")


class UnknownDestination(LocalCloudError):
    """A destination of a kind that Lambda does not send to."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """How an asynchronous invocation ended."""

    request_id: str
    condition: str
    invoke_count: int
    payload: Any
    result: Mapping[str, Any]

    @property
    def succeeded(self) -> bool:
        """Whether the function has answered without an error."""
        return self.condition == "Success"

    @property
    def status_code(self) -> int:
        """What a waiting caller would have got."""
        return 429 if self.result.get("throttle") else 200


def tell(config: Mapping[str, Any], settings: Mapping[str, Any], told: Told) -> None:
    """Sends a record of the invocation to wherever the function's settings say."""
    kind = "OnSuccess" if told.succeeded else "OnFailure"
    wanted = ((settings.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
    if wanted:
        record = _record(config, told)
        _attempt(
            config, wanted, "DestinationDeliveryFailures", lambda: _send(config, wanted, record)
        )
    dead = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if dead and not told.succeeded:
        _attempt(config, dead, "DeadLetterErrors", lambda: _bury(config, dead, told))


def _attempt(config: Mapping[str, Any], arn: str, metric: str, send: Callable[[], None]) -> None:
    try:
        send()
    except (ClientError, BotoCoreError, LocalCloudError) as error:
        figures.count("AWS/Lambda", metric, {"FunctionName": config["FunctionName"]})
        _log.warning("%s cannot send to %s: %s", config["FunctionArn"], arn, error)


def _client(config: Mapping[str, Any], service: str) -> Any:
    return access.role_client(service, config["Role"], PRINCIPAL, config["FunctionName"])


def _qualified(config: Mapping[str, Any]) -> str:
    arn = str(config["FunctionArn"])
    return arn if arn.count(":") > 6 else f"{arn}:{config.get('Version', '$LATEST')}"


def _record(config: Mapping[str, Any], told: Told) -> dict[str, Any]:
    context: dict[str, Any] = {"statusCode": told.status_code}
    if not told.result.get("throttle"):
        context["executedVersion"] = config.get("Version", "$LATEST")
    if not told.succeeded:
        context["functionError"] = "Unhandled"
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "version": "1.0",
        "timestamp": now,
        "requestContext": {
            "requestId": told.request_id,
            "functionArn": _qualified(config),
            "condition": told.condition,
            "approximateInvokeCount": told.invoke_count,
        },
        "requestPayload": told.payload,
        "responseContext": context,
        "responsePayload": told.result.get("body"),
    }


def _send(config: Mapping[str, Any], arn: str, record: dict[str, Any]) -> None:
    service = arn.split(":")[2]
    message = json.dumps(record)
    match service:
        case "sqs":
            client = _client(config, "sqs")
            client.send_message(QueueUrl=_queue_url(client, arn), MessageBody=message)
        case "sns":
            _client(config, "sns").publish(TopicArn=arn, Message=message)
        case "lambda":
            client = _client(config, "lambda")
            client.invoke(FunctionName=arn, InvocationType="Event", Payload=message)
        case "events":
            _put_event(config, arn, record)
        case _:
            raise UnknownDestination(
                f"{arn}: expected a queue, a topic, a function or an event bus as destination"
            )


def _put_event(config: Mapping[str, Any], bus: str, record: dict[str, Any]) -> None:
    ended = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
    entry = {
        "EventBusName": bus,
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {ended}",
        "Detail": json.dumps(record),
        "Resources": [bus, _qualified(config)],
    }
    _client(config, "events").put_events(Entries=[entry])


def _bury(config: Mapping[str, Any], arn: str, told: Told) -> None:
    """Sends the event itself, with what went wrong as attributes."""
    body = told.result.get("body")
    message = body.get("errorMessage", "") if isinstance(body, dict) else ""
    attributes = {
        "RequestID": _attribute("String", told.request_id),
        "ErrorCode": _attribute("Number", str(told.status_code)),
    }
    if message:
        cut = message.encode()[:MAX_MESSAGE_BYTES].decode(errors="ignore")
        attributes["ErrorMessage"] = _attribute("String", cut)
    payload = json.dumps(told.payload)
    if arn.split(":")[2] == "sqs":
        client = _client(config, "sqs")
        client.send_message(
            QueueUrl=_queue_url(client, arn), MessageBody=payload, MessageAttributes=attributes
        )
    else:
        _client(config, "sns").publish(TopicArn=arn, Message=payload, MessageAttributes=attributes)


def _attribute(kind: str, text: str) -> dict[str, str]:
    return {"DataType": kind, "StringValue": text}


def _queue_url(client: Any, arn: str) -> str:
    """A queue's address; Lambda asks for no permission to look it up."""
    _arn, _aws, _sqs, _region, account, name = arn.split(":")
    return f"{client.meta.endpoint_url}/{account}/{name}"
