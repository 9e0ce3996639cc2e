"""SageMaker's control plane: its operations, and what IAM must allow for each."""

import re
from collections.abc import Iterator
from typing import Any

from localcloud.hooks.services import Handler
from localcloud.json_api import JsonApi, Operation
from localcloud.sagemaker.cloud import ARN_KINDS, PRINCIPAL, Cloud
from localcloud.sagemaker.volumes import key_of_endpoint

OPERATIONS: dict[str, Operation] = {}
_NAMED = {"MlflowTrackingServer": "TrackingServerName"}  # the others by their kind
_ROLES = ("RoleArn", "ExecutionRoleArn")


def handler(cloud: Cloud) -> Handler:
    """Serves the control plane."""
    return JsonApi(
        service="sagemaker",
        operations=OPERATIONS,
        wanted=lambda operation, request: _wanted(cloud, operation, request),
        passed_to=PRINCIPAL,
    ).handler()


def _wanted(cloud: Cloud, operation: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What IAM must allow: the actions with the resource of each."""
    resources = list(_resources(cloud, operation, request)) or ["*"]
    for resource in resources:
        yield f"sagemaker:{operation}", resource
    if request.get("Tags") and operation.startswith("Create"):
        yield "sagemaker:AddTags", resources[0]
    if operation in ("CreateEndpoint", "UpdateEndpoint") and (
        key := key_of_endpoint(cloud, request)
    ):
        yield "kms:CreateGrant", key
    for told in (request, request.get("TrainingJobDefinition", {})):
        for member in _ROLES:
            if member in told:
                yield "iam:PassRole", told[member]


def _resources(cloud: Cloud, operation: str, request: dict[str, Any]) -> Iterator[str]:
    if "ResourceArn" in request:
        yield request["ResourceArn"]
    kind = re.sub("^(Create|Describe|Delete|Update|Stop|ListTrainingJobsFor)", "", operation)
    kind = kind.replace("WeightsAndCapacities", "")
    if operation == "CreateModelPackage":
        yield cloud.arn("ModelPackage", f"{request.get('ModelPackageGroupName')}/*")
        kind = "ModelPackageGroup"
    if operation == "ListModelPackages" and "ModelPackageGroupName" in request:
        kind = "ModelPackageGroup"
    named = _NAMED.get(kind, f"{kind}Name")
    name = request.get(named) or request.get(f"{kind}Arn")
    if kind in ARN_KINDS and name:
        yield name if name.startswith("arn:") else cloud.arn(kind, name)
    if operation in ("CreateEndpoint", "UpdateEndpoint"):
        yield cloud.arn("EndpointConfig", request["EndpointConfigName"])
