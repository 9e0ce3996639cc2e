"""CodeDeploy's CloudFormation types, and aliases that stacks move by it.

All of it is done by calls of the API with the rights of whoever acts for the stack.
"""

import json
import time
from typing import Any

from localcloud import access, clock
from localcloud.errors import LocalCloudError
from localcloud.hooks import aliases, cloudformation
from localcloud.hooks.cloudformation import Properties
from localcloud.hooks.replacing import physical_name
from localcloud.properties import typed

_LOOK_SECONDS = 0.1
_MAX_NAME = 100
# How long CloudFormation's registry lets the update of an AWS::Lambda::Alias take.
_LONGEST_SECONDS = 120 * 60
_Made = tuple[str, dict[str, Any]]


class NotMoved(LocalCloudError):
    """An alias's deployment did not succeed."""


def install() -> None:
    """Adds the types, and moves aliases."""
    aliases.share_by_weights()
    aliases.move_with(_move)
    cloudformation.add_resource_type(
        "AWS::CodeDeploy::Application",
        create=_create_application,
        update=lambda name, _old, _new, _stack: (name, {}),  # only its tags can change
        delete=lambda name, _: _client().delete_application(applicationName=name),
    )
    cloudformation.add_resource_type(
        "AWS::CodeDeploy::DeploymentConfig",
        create=_create_config,
        update=lambda name, _old, _new, _stack: (name, {}),  # any change replaces it
        delete=lambda name, _: _client().delete_deployment_config(deploymentConfigName=name),
    )
    cloudformation.add_resource_type(
        "AWS::CodeDeploy::DeploymentGroup",
        create=_create_group,
        update=_update_group,
        delete=lambda name, properties: _client().delete_deployment_group(
            applicationName=properties["ApplicationName"], deploymentGroupName=name
        ),
    )


def _client() -> Any:
    return access.stack_client("codedeploy")


def _named(logical_id: str, stack: str, given: str | None) -> str:
    return given or physical_name(stack, logical_id, longest=_MAX_NAME)


def _create_application(logical_id: str, properties: Properties, stack: str) -> _Made:
    name = _named(logical_id, stack, properties.get("ApplicationName"))
    platform = properties.get("ComputePlatform", "Server")
    _client().create_application(applicationName=name, computePlatform=platform)
    return name, {}


def _create_config(logical_id: str, properties: Properties, stack: str) -> _Made:
    name = _named(logical_id, stack, properties.get("DeploymentConfigName"))
    told = typed("codedeploy", "CreateDeploymentConfig", properties)
    _client().create_deployment_config(**(told | {"deploymentConfigName": name}))
    return name, {}


def _group(properties: Properties, operation: str) -> Properties:
    told = typed("codedeploy", operation, properties)
    return {key: value for key, value in told.items() if key != "tags"}


def _create_group(logical_id: str, properties: Properties, stack: str) -> _Made:
    name = _named(logical_id, stack, properties.get("DeploymentGroupName"))
    told = _group(properties, "CreateDeploymentGroup")
    _client().create_deployment_group(**(told | {"deploymentGroupName": name}))
    return name, {}


def _update_group(name: str, _old: Properties, new: Properties, _stack: str) -> _Made:
    told = _group(new, "UpdateDeploymentGroup")
    _client().update_deployment_group(**(told | {"currentDeploymentGroupName": name}))
    return name, {}


def _look_at_group(client: Any, policy: Properties) -> None:
    """Reads what the move goes by, as the handler of aliases does with the stack's rights."""
    group = client.get_deployment_group(
        applicationName=policy["ApplicationName"],
        deploymentGroupName=policy["DeploymentGroupName"],
    )["deploymentGroupInfo"]
    client.get_deployment_config(deploymentConfigName=group["deploymentConfigName"])


def _move(policy: Properties, old: Properties, new: Properties) -> None:
    """Deploys an alias's next version, and waits for the end."""
    appspec = {
        "version": 0.0,
        "Resources": [
            {
                new["Name"]: {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {
                        "Name": new["FunctionName"],
                        "Alias": new["Name"],
                        "CurrentVersion": old["FunctionVersion"],
                        "TargetVersion": new["FunctionVersion"],
                    },
                }
            }
        ],
    }
    client = _client()
    _look_at_group(client, policy)
    made = client.create_deployment(
        applicationName=policy["ApplicationName"],
        deploymentGroupName=policy["DeploymentGroupName"],
        revision={
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(appspec)},
        },
    )["deploymentId"]
    deadline = time.monotonic() + clock.wall_seconds(_LONGEST_SECONDS)
    while True:
        found = client.get_deployment(deploymentId=made)["deploymentInfo"]
        if found["status"] == "Succeeded":
            return
        if found["status"] in ("Failed", "Stopped"):
            reason = found.get("errorInformation", {}).get("message", "it was stopped")
            raise NotMoved(f"CodeDeploy deployment {made} {found['status'].lower()}: {reason}")
        if time.monotonic() > deadline:
            client.stop_deployment(deploymentId=made, autoRollbackEnabled=True)
            raise NotMoved(
                f"CodeDeploy deployment {made} did not end within {_LONGEST_SECONDS // 60} "
                "minutes, which the update of an alias may take."
            )
        time.sleep(_LOOK_SECONDS)
