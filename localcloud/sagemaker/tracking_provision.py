"""CloudFormation's type of MLflow tracking servers, made by calls of the API."""

from typing import Any

from localcloud import access
from localcloud.hooks import cloudformation
from localcloud.hooks.cloudformation import Properties
from localcloud.properties import typed

_NAME = "TrackingServerName"


def install() -> None:
    """Adds the type."""
    cloudformation.add_resource_type(
        "AWS::SageMaker::MlflowTrackingServer", create=_create, update=_update, delete=_delete
    )


def _create(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, dict[str, Any]]:
    request = typed("sagemaker", "CreateMlflowTrackingServer", properties)
    made = access.stack_client("sagemaker").create_mlflow_tracking_server(**request)
    name = properties[_NAME]
    return name, {"TrackingServerArn": made["TrackingServerArn"]}


def _update(name: str, _old: Properties, new: Properties, stack: str) -> tuple[str, dict[str, Any]]:
    """Nothing that can change without another name makes a difference here."""
    if new[_NAME] != name:
        return _create(name, new, stack)
    found = access.stack_client("sagemaker").describe_mlflow_tracking_server(**{_NAME: name})
    return name, {"TrackingServerArn": found["TrackingServerArn"]}


def _delete(name: str, _properties: Properties) -> None:
    access.stack_client("sagemaker").delete_mlflow_tracking_server(**{_NAME: name})
