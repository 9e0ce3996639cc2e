"""What the embedded cloud does not know fails loudly, with its name and what to do."""

import json
import re
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from botocore.exceptions import UnknownServiceError

from localcloud.config import Config
from localcloud.hooks import services
from localcloud.hooks.services import Answer, Request

CODE = "NotImplementedByTheEmbeddedCloud"
_UNKNOWN_OPERATION = re.compile(
    rb"Unknown (\w+ )?(action|operation|target|path|resource)|No route for|Unsupported (\w+ )?path",
    re.IGNORECASE,
)
# Paths that a service of MiniStack's answers without doing anything.
_PRETENDED = {"lambda": ("/2020-04-22/code-signing-configs", "/2025-11-30/capacity-providers")}
_UNKNOWN_TYPES = re.compile(rb"Unrecognized resource types: \[([^\]]*)\]")


def install(_config: Config) -> None:
    """Answers for every service that nobody serves, and names what a service does not know."""
    services.add_fallback(unknown_service, named)
    for service, paths in _PRETENDED.items():
        services.before(service, _refuse(service, paths))


def _refuse(service: str, paths: tuple[str, ...]) -> services.Before:
    def look(request: Request) -> Answer | None:
        if request.path.startswith(paths):
            return unknown_operation(service, request)
        return None

    return look


def unknown_service(service: str) -> Answer:
    """The answer to any call of a service that the embedded cloud does not have."""
    return refusal(
        service,
        f"The embedded cloud does not know the service {service}. Call it on AWS, or add it: "
        f"a package with install() beside localcloud/sagemaker, named in localcloud/server.py.",
    )


def named(service: str, request: Request, answer: Answer) -> Answer:
    """A service's answer, or where it did not know what was asked, one that says what to do."""
    status, headers, body = answer
    if status < 400 or len(body) > 10_000:
        return answer
    if found := _UNKNOWN_TYPES.search(body):
        told = (
            f"The embedded cloud does not know {found.group(1).decode()}: "
            f"{found.group(0).decode()}. Deploy the stack to AWS, or add the type with "
            f"add_resource_type of localcloud/hooks/cloudformation.py."
        )
        return status, headers, body.replace(b"Template format error: " + found.group(0),
                                             escape(told).encode())  # fmt: skip
    if _UNKNOWN_OPERATION.search(body):
        return unknown_operation(service, request)
    return answer


def unknown_operation(service: str, request: Request) -> Answer:
    """The answer to an operation that a service of the embedded cloud does not have."""
    return refusal(
        service,
        f"The embedded cloud's {service} does not know {_operation(request)}. "
        f"Call it on AWS, or add it in localcloud.",
    )


def _operation(request: Request) -> str:
    if target := request.headers.get("x-amz-target", ""):
        return target.rpartition(".")[2]
    if found := re.search(rb"(?:^|&)Action=(\w+)", request.body):
        return found.group(1).decode()
    return f"{request.method} {request.path}"


def refusal(service: str, message: str) -> Answer:
    """A 501 in the protocol that the service's clients read."""
    if _protocol(service) in ("query", "ec2", "rest-xml"):
        body = (
            "<ErrorResponse><Error><Type>Sender</Type>"
            f"<Code>{CODE}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>"
        )
        return 501, {"Content-Type": "text/xml"}, body.encode()
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": CODE}
    return 501, headers, json.dumps({"__type": CODE, "message": message}).encode()


@cache
def _protocol(service: str) -> str:
    try:
        model: Any = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return "json"
    return str(model.protocol)
