"""Verify: is the approved version the one that was registered, and what runs now?"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from lambdas.common.aws import client, environment, says
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.registry import Version, checked, version
from lambdas.common.request import Payload
from lambdas.common.signature import verified
from lambdas.verify.approvers import approved as approved_by
from terrace.errors import TerraceError
from terrace.names import NO_VERSION

logger = Logger(service="verify")

_PARAMETER, _CHALLENGER = "ModelPackageArn", "ChallengerModelPackageArn"


class EndpointStackMissing(TerraceError):
    """The stack that a version would be deployed to is not there."""


class Request(Payload):
    """A version that was approved."""

    model_package_arn: str
    approvers: int = 1  # how many different people must have approved it
    approvals_table: str = ""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Checks the version's artifact, and tells where it goes and what it replaces."""
    request = Request.model_validate(event)
    told = environment()
    approved = version(request.model_package_arn, told.tenant)
    approvals = approved_by(
        approved, request.approvals_table, request.approvers, link_role=told.approval_link_role
    )
    if told.signing_key:
        verified(told.signing_key, approved)
    checksum = checked_artifact(Objects(bucket=told.bucket), approved)
    current, split = running(approved.names.stack)
    endpoint = deployment(told.tenant, approved.names.model).model.endpoint
    shadow, ab, rollout = endpoint.shadow, endpoint.ab_test, endpoint.rollout
    logger.info("artifact verified", extra={"model_package_arn": approved.arn, "sha256": checksum})
    return {
        "model": approved.names.model,
        "tenant": approved.names.tenant,
        "version": approved.number,
        "stack_name": approved.names.stack,
        "endpoint_name": approved.names.endpoint,
        "current_model_package_arn": current,
        "already_deployed": current == approved.arn,
        "older": current != NO_VERSION and approved.number < _number(current),
        "enough_approvals": approvals.enough,
        "approvals": str(approvals),
        "sample_uri": approved.property("sample_uri"),
        "has_shadow": shadow is not None,
        "has_canary": bool(rollout and rollout.is_watched and current != NO_VERSION),
        "has_ab_test": ab is not None,
        "looks": ab.looks if ab and current != NO_VERSION else 0,
        "look_seconds": 60 * ab.look_minutes if ab else 0,
        "split": split,
        "shadow_seconds": shadow.seconds if shadow and current != NO_VERSION else 0,
        "reason": _reason(approved, current),
    }


def checked_artifact(objects: Objects, approved: Version) -> str:
    """The SHA-256 of the artifact, which is the one noted at registration.

    Raises:
        ChecksumMismatch: It is another.
    """
    got = objects.sha256(approved.artifact_uri)
    checked(approved, got)
    return got


def running(stack: str) -> tuple[str, bool]:
    """The version that an endpoint's stack runs (its ARN, or `none`), and whether beside another.

    Raises:
        EndpointStackMissing: There is no such stack, or it takes no version.
    """
    try:
        found = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if says(error, "ValidationError", "does not exist"):
            raise EndpointStackMissing(
                f"stack {stack!r} does not exist; expected the model's endpoint stack, "
                "which `cdk deploy` creates"
            ) from error
        raise
    values = {item["ParameterKey"]: item["ParameterValue"] for item in found.get("Parameters", [])}
    if _PARAMETER not in values:
        raise EndpointStackMissing(
            f"stack {stack!r} has the parameters {', '.join(values) or 'none'}; "
            f"expected {_PARAMETER}"
        )
    return str(values[_PARAMETER]), ":" in values.get(_CHALLENGER, "")


def _reason(approved: Version, current: str) -> str:
    endpoint = approved.names.endpoint
    if current == approved.arn:
        return f"version {approved.number} already runs on endpoint {endpoint}"
    if current == NO_VERSION:
        return f"version {approved.number} is the first on endpoint {endpoint}"
    return f"version {approved.number} replaces version {_number(current)} on endpoint {endpoint}"


def _number(arn: str) -> int:
    return int(arn.rsplit("/", 1)[-1])
