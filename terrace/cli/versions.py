"""A model's versions in the registry, and the one that runs, as the commands read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from terrace.errors import TerraceError
from terrace.names import ModelNames

_PARAMETER = "ModelPackageArn"  # of the endpoint's stack
_NONE = "none"


class NotDeployed(TerraceError):
    """A model without an endpoint's stack, or without a version that is asked for."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version, as it is listed."""

    arn: str
    status: str

    @property
    def number(self) -> int:
        """Its number in the group."""
        return int(self.arn.rpartition("/")[2])


def versions(names: ModelNames) -> Iterator[Version]:
    """All versions of a model, the newest first."""
    pages = boto3.client("sagemaker").get_paginator("list_model_packages")
    for page in pages.paginate(
        ModelPackageGroupName=names.model_package_group,
        SortBy="CreationTime",
        SortOrder="Descending",
    ):
        for one in page["ModelPackageSummaryList"]:
            yield Version(arn=one["ModelPackageArn"], status=one["ModelApprovalStatus"])


def running(names: ModelNames) -> str | None:
    """The ARN of the version that the endpoint's stack runs; None where there is none yet.

    Raises:
        NotDeployed: There is no such stack.
    """
    try:
        (stack,) = boto3.client("cloudformation").describe_stacks(StackName=names.stack)["Stacks"]
    except ClientError as error:
        raise NotDeployed(
            f"{names.tenant}/{names.model}: {error}; expected a deployment"
        ) from error
    told = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    arn = str(told.get(_PARAMETER, _NONE))
    return None if arn == _NONE else arn


def one(names: ModelNames, number: int) -> Version:
    """A version by its number.

    Raises:
        NotDeployed: There is none.
    """
    found = {version.number: version for version in versions(names)}
    if number not in found:
        raise NotDeployed(
            f"{names.tenant}/{names.model} got version {number}; expected one of: "
            f"{', '.join(map(str, sorted(found))) or 'there are none'}"
        )
    return found[number]


def described(arn: str) -> dict[str, Any]:
    """All that the registry has of a version."""
    return dict(boto3.client("sagemaker").describe_model_package(ModelPackageName=arn))
