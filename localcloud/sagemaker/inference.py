"""One asynchronous inference: a request that is an object, and what becomes of it.

All of it is done with the endpoint's own role: the request is read, the answer or the failure is
written, and a topic is told.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import urllib3
from botocore.exceptions import ClientError

from localcloud import clock
from localcloud.errors import LocalCloudError
from localcloud.sagemaker import objects
from localcloud.sagemaker.cloud import Record, now
from localcloud.sagemaker.fleet import Reply, Server


class Unanswered(LocalCloudError):
    """A request that was not answered, and why, in the words of the notification."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status  # the container's, where it said anything


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request that waits."""

    region: str
    endpoint: str
    inference_id: str
    headers: Mapping[str, str]  # as the container gets them
    input_location: str
    output_location: str
    failure_location: str
    ttl: float
    timeout: float
    received: datetime = field(default_factory=now)
    since: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        """How long it has been there, in seconds of the cloud's time."""
        return (time.monotonic() - self.since) * clock.speed()


def answered(server: Server, request: Request, output: Record) -> dict[str, float]:
    """Asks the server, writes what it says, tells the topic; what was measured.

    Args:
        server: The one that the request goes to.
        request: The request.
        output: Where answers go and who is told: the configuration's `OutputConfig`.
    """
    waited, topics = request.age, output.get("NotificationConfig", {})
    try:
        reply = _asked(server, request)
        _write(server, request.output_location, reply.body, output)
    except Unanswered as failure:
        _write(server, request.failure_location, str(failure).encode(), output)
        notice = _notice(request) | {"invocationStatus": "Failed", "failureReason": str(failure)}
        _tell(server, topics.get("ErrorTopic"), notice)
        measured, status = {"InvocationFailures": 1.0}, failure.status
    else:
        answer = {"contentType": reply.content_type, "outputLocation": request.output_location}
        notice = _notice(request) | {"invocationStatus": "Completed", "responseParameters": answer}
        _tell(server, topics.get("SuccessTopic"), notice)
        measured, status = {"ModelLatency": reply.seconds * 1e6}, reply.status
    return measured | {
        "Invocation4XXErrors": float(400 <= status < 500),
        "Invocation5XXErrors": float(status >= 500),
        "InvocationsProcesssed": 1.0,  # AWS spells it so
        "TimeInBacklog": waited * 1e6,
    }


def _asked(server: Server, request: Request) -> Reply:
    if request.age > request.ttl:
        raise Unanswered(f"ClientError: the request waited for over {request.ttl:.0f} seconds")
    bucket, key = objects.parsed(request.input_location)
    try:
        body = server.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise Unanswered(
            f"ClientError: Unable to access the input {request.input_location}: {error}"
        ) from error
    try:
        reply = server.invoke(body, dict(request.headers), seconds=request.timeout)
    except urllib3.exceptions.HTTPError as error:
        raise Unanswered(f"ServerError: the container gave no answer: {error}", 500) from error
    if reply.status >= 400:
        whose = "client" if reply.status < 500 else "server"
        raise Unanswered(
            f"ClientError: Received {whose} error ({reply.status}) from model with message "
            f"{reply.body.decode(errors='replace')!r}.",
            reply.status,
        )
    return reply


def _write(server: Server, uri: str, body: bytes, output: Record) -> None:
    bucket, name = objects.parsed(uri)
    key = output.get("KmsKeyId")
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    try:
        server.s3.put_object(Bucket=bucket, Key=name, Body=body, **encrypted)
    except ClientError as error:
        raise Unanswered(f"ClientError: Unable to write the output {uri}: {error}") from error


def _tell(server: Server, topic: str | None, notice: dict[str, Any]) -> None:
    if topic:
        server.sns.publish(TopicArn=topic, Message=json.dumps(notice))


def _notice(request: Request) -> dict[str, Any]:
    asked = {"endpointName": request.endpoint, "inputLocation": request.input_location}
    for told, header in (("contentType", "Content-Type"), ("accept", "Accept")):
        if header in request.headers:
            asked[told] = request.headers[header]
    return {
        "awsRegion": request.region,
        "eventTime": _moment(now()),
        "receivedTime": _moment(request.received),
        "requestParameters": asked,
        "inferenceId": request.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
