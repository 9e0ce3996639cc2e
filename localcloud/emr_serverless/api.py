"""What IAM must allow for each of EMR Serverless's operations."""

from collections.abc import Iterator
from typing import Any

from localcloud.emr_serverless.applications import PRINCIPAL, Applications
from localcloud.hooks.services import Handler
from localcloud.json_api import JsonApi, Operation

_OF_RUNS = ("GetJobRun", "CancelJobRun")


def handler(applications: Applications, operations: dict[str, Operation]) -> Handler:
    """Serves the operations."""

    def wanted(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
        made, run = request.get("applicationId", ""), request.get("jobRunId", "")
        resource = applications.arn(made, run if operation in _OF_RUNS else "")
        yield f"emr-serverless:{operation}", resource
        if "executionRoleArn" in request:
            yield "iam:PassRole", request["executionRoleArn"]

    return JsonApi(
        service="emr-serverless", operations=operations, wanted=wanted, passed_to=PRINCIPAL
    ).handler()
