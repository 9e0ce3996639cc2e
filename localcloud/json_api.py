"""A service that speaks JSON: is it an operation, are its parameters right, does IAM allow it?

What is right is what AWS's own description of the service says, which botocore ships.
"""

import asyncio
import contextvars
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from localcloud import rest_json, shapes
from localcloud.errors import LocalCloudError
from localcloud.hooks import identity
from localcloud.hooks.services import Answer, Handler

Operation = Callable[[dict[str, Any]], dict[str, Any]]
# (operation, request) -> the actions that IAM must allow, each with its resource
Wanted = Callable[[str, dict[str, Any]], Iterable[tuple[str, str]]]
# The ARN of whoever sent the request that is served; its operation inherits it.
caller: contextvars.ContextVar[str] = contextvars.ContextVar("localcloud_caller")
_JSON = {"Content-Type": "application/x-amz-json-1.1"}


class ApiError(LocalCloudError):
    """An error that a service answers with, by the code that its clients know."""

    status = 400

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def denied(message: str) -> ApiError:
    """IAM forbids it."""
    return ApiError("AccessDeniedException", message)


def refusal(error: ApiError) -> Answer:
    """An error, as the service's clients read it."""
    body = {"__type": error.code, "message": str(error)}
    return error.status, _JSON | {"x-amzn-errortype": error.code}, json.dumps(body).encode()


@cache
def model_of(service: str) -> Any:
    """AWS's own description of a service's API."""
    return botocore.session.get_session().get_service_model(service)


@dataclass(frozen=True, kw_only=True)
class JsonApi:
    """One service.

    Attributes:
        service: As boto3 calls it.
        operations: By name; a request in, an answer out.
        wanted: What IAM is asked for.
        passed_to: The service that a role is passed to by `iam:PassRole`.
    """

    service: str
    operations: dict[str, Operation]
    wanted: Wanted
    passed_to: str

    def handler(self) -> Handler:
        """Serves the requests."""

        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> Answer:
            model = model_of(self.service)
            if model.protocol == "rest-json":
                operation, given = rest_json.asked(model, method, path, query, body)
            else:
                operation = headers.get("x-amz-target", "").rpartition(".")[2]
                given = json.loads(body or b"{}")
            try:
                request = self._checked(operation or f"{method} {path}", given)
                for action, resource in self.wanted(operation, request):
                    context = self._context(action)
                    if refused := identity.denial(headers, action, resource, context):
                        raise denied(refused)
                caller.set(identity.principal_of(headers))
                answer = await asyncio.to_thread(self.operations[operation], request)
            except ApiError as error:
                return refusal(error)
            return 200, _JSON, json.dumps(self._shaped(operation, answer), default=_plain).encode()

        return handle

    def _context(self, action: str) -> dict[str, Any]:
        """The condition keys of a question to IAM."""
        if action == "iam:PassRole":
            return {"iam:PassedToService": self.passed_to}
        if action.startswith("kms:"):
            via = f"{self.service}.{os.environ['AWS_REGION']}.amazonaws.com"
            return {"kms:ViaService": via, "kms:GrantIsForAWSResource": "true"}
        return {}

    def _checked(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation not in self.operations:
            raise ApiError(
                "NotImplementedByTheEmbeddedCloud",
                f"The embedded cloud's {self.service} does not know {operation}; "
                f"it knows {', '.join(sorted(self.operations))}. "
                f"Call it on AWS, or add it in localcloud/{self.service.replace('-', '_')}.",
            )
        shape = model_of(self.service).operation_model(operation).input_shape
        report = ParamValidator().validate(_typed(request, shape), shape)
        if report.has_errors():
            raise ApiError("ValidationException", f"{operation}: {report.generate_report()}")
        if violated := shapes.report(request, shape):
            raise ApiError("ValidationException", violated)
        return request

    def _shaped(self, operation: str, answer: dict[str, Any]) -> Any:
        """What of an answer the operation's output has; records hold more."""
        shape = model_of(self.service).operation_model(operation).output_shape
        return _fitted(answer, shape) if shape else {}


def _typed(value: Any, shape: Any) -> Any:
    """A request as the validator wants it: times come over the wire as numbers."""
    if shape.type_name == "timestamp" and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value).astimezone()
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members
        return {k: _typed(v, members[k]) if k in members else v for k, v in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_typed(item, shape.member) for item in value]
    return value


def _fitted(value: Any, shape: Any) -> Any:
    if shape.type_name == "structure":
        members = shape.members
        return {
            key: _fitted(inner, members[key])
            for key, inner in value.items()
            if key in members and inner is not None
        }
    if shape.type_name == "list":
        return [_fitted(item, shape.member) for item in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{value!r} is not JSON")
