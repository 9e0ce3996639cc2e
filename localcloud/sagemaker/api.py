"""Takes a request apart: is it an operation, are its parameters right, does IAM allow it?"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from localcloud.hooks import identity
from localcloud.hooks.services import Answer, Handler
from localcloud.sagemaker.cloud import ARN_KINDS, PRINCIPAL, Cloud
from localcloud.sagemaker.errors import SageMakerError, denied, invalid

Operation = Callable[[dict[str, Any]], dict[str, Any]]
OPERATIONS: dict[str, Operation] = {}
JSON = {"Content-Type": "application/x-amz-json-1.1"}
_ROLES = ("RoleArn", "ExecutionRoleArn")


@cache
def model() -> Any:
    """AWS's own description of SageMaker's API."""
    return botocore.session.get_session().get_service_model("sagemaker")


def handler(cloud: Cloud) -> Handler:
    """Serves the control plane."""

    async def handle(
        _method: str, _path: str, headers: dict[str, str], body: bytes, _query: dict[str, Any]
    ) -> Answer:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            request = _checked(operation, body)
            for action, resource in _wanted(cloud, operation, request):
                context = {"iam:PassedToService": PRINCIPAL} if action == "iam:PassRole" else {}
                if refused := identity.denial(headers, action, resource, context):
                    raise denied(refused)
            answer = await asyncio.to_thread(OPERATIONS[operation], request)
        except SageMakerError as error:
            return refusal(error)
        return 200, JSON, json.dumps(_shaped(operation, answer), default=_plain).encode()

    return handle


def refusal(error: SageMakerError) -> Answer:
    """An error, as SageMaker's clients read it."""
    body = {"__type": error.code, "message": str(error)}
    return error.status, JSON | {"x-amzn-errortype": error.code}, json.dumps(body).encode()


def _checked(operation: str, body: bytes) -> dict[str, Any]:
    if operation not in OPERATIONS:
        raise SageMakerError(
            "NotImplementedByTheEmbeddedCloud",
            f"The embedded cloud's SageMaker does not know {operation or 'this request'}; "
            f"it knows {', '.join(sorted(OPERATIONS))}. "
            f"Call it on AWS, or add it in localcloud/sagemaker.",
        )
    request = json.loads(body or b"{}")
    shape = model().operation_model(operation).input_shape
    report = ParamValidator().validate(_typed(request, shape), shape)
    if report.has_errors():
        raise invalid(f"{operation}: {report.generate_report()}")
    return dict(request)


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


def _wanted(cloud: Cloud, operation: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What IAM must allow: the actions with the resource of each."""
    resources = list(_resources(cloud, operation, request)) or ["*"]
    for resource in resources:
        yield f"sagemaker:{operation}", resource
    if request.get("Tags") and operation.startswith("Create"):
        yield "sagemaker:AddTags", resources[0]
    for member in _ROLES:
        if member in request:
            yield "iam:PassRole", request[member]


def _resources(cloud: Cloud, operation: str, request: dict[str, Any]) -> Iterator[str]:
    if "ResourceArn" in request:
        yield request["ResourceArn"]
    kind = re.sub("^(Create|Describe|Delete|Update|Stop)", "", operation)
    kind = kind.replace("WeightsAndCapacities", "")
    if operation == "CreateModelPackage":
        yield cloud.arn("ModelPackage", f"{request.get('ModelPackageGroupName')}/*")
        kind = "ModelPackageGroup"
    if operation == "ListModelPackages" and "ModelPackageGroupName" in request:
        kind = "ModelPackageGroup"
    name = request.get(f"{kind}Name") or request.get(f"{kind}Arn")
    if kind in ARN_KINDS and name:
        yield name if name.startswith("arn:") else cloud.arn(kind, name)
    if operation in ("CreateEndpoint", "UpdateEndpoint"):
        yield cloud.arn("EndpointConfig", request["EndpointConfigName"])


def _shaped(operation: str, answer: dict[str, Any]) -> Any:
    """What of an answer the operation's output has; records hold more."""
    shape = model().operation_model(operation).output_shape
    return _fitted(answer, shape) if shape else {}


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
