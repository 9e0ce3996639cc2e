"""What IAM must allow for each of CodeDeploy's operations."""

from collections.abc import Callable, Iterator
from typing import Any

from localcloud.codedeploy.deployments import PRINCIPAL
from localcloud.config import Config
from localcloud.hooks.services import Handler
from localcloud.json_api import JsonApi, Operation


def handler(
    config: Config, operations: dict[str, Operation], place: Callable[[str], str]
) -> Handler:
    """Serves the operations; `place` tells the application and group of a deployment's id."""
    prefix = f"arn:aws:codedeploy:{config.region}:{config.account}"

    def wanted(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
        yield f"codedeploy:{operation}", _resource(prefix, operation, request, place)
        if "serviceRoleArn" in request:
            yield "iam:PassRole", request["serviceRoleArn"]

    return JsonApi(
        service="codedeploy", operations=operations, wanted=wanted, passed_to=PRINCIPAL
    ).handler()


def _resource(
    prefix: str, operation: str, request: dict[str, Any], place: Callable[[str], str]
) -> str:
    application = request.get("applicationName", "*")
    if operation == "StopDeployment":
        return "*"
    if "Config" in operation:
        return f"{prefix}:deploymentconfig:{request['deploymentConfigName']}"
    if operation.endswith("Application"):
        return f"{prefix}:application:{application}"
    if "deploymentId" in request:
        return f"{prefix}:deploymentgroup:{place(request['deploymentId'])}"
    group = request.get("deploymentGroupName") or request.get("currentDeploymentGroupName", "*")
    return f"{prefix}:deploymentgroup:{application}/{group}"
