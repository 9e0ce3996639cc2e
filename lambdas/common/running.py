"""What runs behind an endpoint, as SageMaker itself tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from lambdas.common.aws import client, says
from lambdas.common.registry import Version, version
from terrace.errors import TerraceError
from terrace.names import ModelNames


class UnknownVersion(TerraceError):
    """What runs is no registered version, so there is nothing to compare it with."""


class VersionReplaced(TerraceError):
    """Another version runs than when a window was divided."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The version behind an endpoint, and since when the endpoint has been there."""

    endpoint: str
    variant: str
    version: Version
    created: datetime

    def baseline_uri(self, monitor: str, file: str) -> str:
        """Where a file of a monitor's baseline of the running version is.

        Raises:
            VersionRefused: Terrace's training did not register the version.
        """
        return f"{self.version.property('baselines_uri')}/{monitor}/{file}.json"


def running(names: ModelNames) -> Running | None:
    """What runs behind a model's endpoint, or None where there is no endpoint yet.

    Raises:
        UnknownVersion: The endpoint runs something that is no registered version.
    """
    sagemaker = client("sagemaker")
    try:
        endpoint = sagemaker.describe_endpoint(EndpointName=names.endpoint)
    except ClientError as error:
        if says(error, "ValidationException", "could not find", "not found", "does not exist"):
            return None
        raise
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    variant = config["ProductionVariants"][0]
    return Running(
        endpoint=names.endpoint,
        variant=str(variant["VariantName"]),
        version=version(_package(str(variant["ModelName"])), names.tenant),
        created=endpoint["CreationTime"],
    )


def still(found: Running | None, model_package_arn: str) -> Running:
    """What runs, if it is the version that it was.

    Raises:
        VersionReplaced: It is another one, or nothing.
    """
    if found is None or found.version.arn != model_package_arn:
        raise VersionReplaced(
            f"got {found.version.arn if found else 'no endpoint'}; expected {model_package_arn}, "
            "which ran when the window was divided: ask for the window again"
        )
    return found


def _package(model: str) -> str:
    description: dict[str, Any] = client("sagemaker").describe_model(ModelName=model)
    containers = [description.get("PrimaryContainer", {}), *description.get("Containers", [])]
    packages = [item["ModelPackageName"] for item in containers if "ModelPackageName" in item]
    if not packages:
        raise UnknownVersion(
            f"SageMaker model {model!r} names no model package; expected one that was made from "
            "a registered version, whose baseline the traffic is compared with"
        )
    return str(packages[0])
