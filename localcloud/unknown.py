"""What the embedded cloud does not know fails loudly, with its name and what to do."""

import json
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from botocore.exceptions import UnknownServiceError

from localcloud.config import Config
from localcloud.hooks import services
from localcloud.hooks.services import Answer

CODE = "NotImplementedByTheEmbeddedCloud"


def install(_config: Config) -> None:
    """Answers for every service that nobody serves."""
    services.add_fallback(unknown_service)


def unknown_service(service: str) -> Answer:
    """The answer to any call of a service that the embedded cloud does not have."""
    return refusal(
        service,
        f"The embedded cloud does not know the service {service}. Call it on AWS, or add it: "
        f"a package with install() beside localcloud/sagemaker, named in localcloud/server.py.",
    )


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
