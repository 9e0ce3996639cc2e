"""SageMaker's and its scaling's CloudFormation types, each made by calls of the API.

The calls are made with the stack's own role where it was given one, so a deployer that lacks a
permission fails here as it would on AWS.
"""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localcloud import access
from localcloud.errors import LocalCloudError
from localcloud.hooks import cloudformation
from localcloud.hooks.cloudformation import Properties
from localcloud.hooks.replacing import physical_name
from localcloud.properties import typed

_KINDS = ("Model", "EndpointConfig", "Endpoint", "ModelPackageGroup")
_LOOK_SECONDS = 0.1
_MAX_NAME = 63
Made = tuple[str, dict[str, Any]]


class NotInService(LocalCloudError):
    """An endpoint did not reach the state that its stack waits for."""


def install() -> None:
    """Adds the types."""
    for kind in _KINDS:
        cloudformation.add_resource_type(
            f"AWS::SageMaker::{kind}",
            create=_creator(kind),
            update=_update_endpoint if kind == "Endpoint" else _retagger(kind),
            delete=_deleter(kind),
        )


def _creator(kind: str) -> Callable[[str, Properties, str], Made]:
    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        generated = physical_name(stack, logical_id, longest=_MAX_NAME)
        name = properties.get(f"{kind}Name") or generated
        request = typed("sagemaker", f"Create{kind}", properties) | {f"{kind}Name": name}
        sagemaker = access.stack_client("sagemaker")
        arn = getattr(sagemaker, f"create_{_snake(kind)}")(**request)[f"{kind}Arn"]
        if kind == "Endpoint":
            _in_service(sagemaker, name)
        return arn, _attributes(kind, name, arn)

    return create


def _attributes(kind: str, name: str, arn: str) -> dict[str, str]:
    return {f"{kind}Name": name, f"{kind}Arn": arn}


def _retagger(kind: str) -> Callable[[str, Properties, Properties, str], Made]:
    """All properties of these types but tags can only be set at creation."""

    def update(arn: str, _old: Properties, new: Properties, _stack: str) -> Made:
        _retag(arn, new)
        return arn, _attributes(kind, arn.rpartition("/")[2], arn)

    return update


def _retag(arn: str, properties: Properties) -> None:
    if tags := properties.get("Tags"):
        access.stack_client("sagemaker").add_tags(ResourceArn=arn, Tags=tags)


def _update_endpoint(arn: str, old: Properties, new: Properties, _stack: str) -> Made:
    name = arn.rpartition("/")[2]
    sagemaker = access.stack_client("sagemaker")
    if new["EndpointConfigName"] != old["EndpointConfigName"]:
        request = typed("sagemaker", "UpdateEndpoint", new) | {"EndpointName": name}
        sagemaker.update_endpoint(**request)
        _in_service(sagemaker, name, wanted=new["EndpointConfigName"])
    _retag(arn, new)
    return arn, _attributes("Endpoint", name, arn)


def _in_service(sagemaker: Any, name: str, wanted: str = "") -> None:
    """Waits until an endpoint serves the configuration that it is to serve."""
    while True:
        found = sagemaker.describe_endpoint(EndpointName=name)
        status = found["EndpointStatus"]
        if status in ("InService", "Failed", "OutOfService"):
            break
        time.sleep(_LOOK_SECONDS)
    if status != "InService" or (wanted and found["EndpointConfigName"] != wanted):
        raise NotInService(
            f"Endpoint {name} is {status} with {found['EndpointConfigName']}: "
            f"{found.get('FailureReason', 'no reason was given')}"
        )


def _deleter(kind: str) -> Callable[[str, Properties], None]:
    def delete(arn: str, _properties: Properties) -> None:
        name = arn.rpartition("/")[2]
        try:
            getattr(access.stack_client("sagemaker"), f"delete_{_snake(kind)}")(
                **{f"{kind}Name": name}
            )
        except ClientError as error:
            if "Could not find" not in str(error):
                raise

    return delete


def _snake(kind: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind).lstrip("_")
