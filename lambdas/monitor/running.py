"""What runs behind an endpoint, as SageMaker itself tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from lambdas.common.aws import client, says
from lambdas.common.registry import Version, version
from lambdas.common.training import Baseline
from terrace.errors import TerraceError
from terrace.names import ModelNames


class NoBaseline(TerraceError):
    """What runs cannot be compared with anything."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The version behind an endpoint, and since when the endpoint has been there."""

    endpoint: str
    variant: str
    version: Version
    created: datetime

    @property
    def baseline(self) -> Baseline:
        """Where the data-quality baseline of the running version is.

        Raises:
            NoBaseline: It has none.
        """
        found = self.version.description.get("DriftCheckBaselines", {}).get("ModelDataQuality", {})
        try:
            return Baseline(
                statistics_uri=found["Statistics"]["S3Uri"],
                constraints_uri=found["Constraints"]["S3Uri"],
            )
        except KeyError as error:
            raise NoBaseline(
                f"{self.version.arn}: no {error} in DriftCheckBaselines.ModelDataQuality, which "
                f"holds {found or 'nothing'}; expected statistics and constraints"
            ) from error


def running(names: ModelNames) -> Running | None:
    """What runs behind a model's endpoint, or None where there is no endpoint yet.

    Raises:
        NoBaseline: The endpoint runs something that is no registered version.
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


def _package(model: str) -> str:
    description: dict[str, Any] = client("sagemaker").describe_model(ModelName=model)
    containers = [description.get("PrimaryContainer", {}), *description.get("Containers", [])]
    packages = [item["ModelPackageName"] for item in containers if "ModelPackageName" in item]
    if not packages:
        raise NoBaseline(
            f"SageMaker model {model!r} names no model package; expected one that was made from "
            "a registered version, whose baseline the traffic is compared with"
        )
    return str(packages[0])
