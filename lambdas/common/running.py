"""What answers a model's requests, as SageMaker or Lambda itself tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from lambdas.common.aws import client, says
from lambdas.common.registry import Version, version
from terrace.deployment import Deployment
from terrace.endpoint_settings import Lambda, MultiModel
from terrace.environment import ServingEnvironment
from terrace.errors import TerraceError
from terrace.names import ALIAS, NO_VERSION, VARIANT, ModelNames, joined


class UnknownVariant(TerraceError):
    """An endpoint has no such variant."""


class UnknownVersion(TerraceError):
    """What runs is no registered version, so there is nothing to compare it with."""


class VersionReplaced(TerraceError):
    """Another version runs than when a window was divided."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The version behind a variant of an endpoint, and since when the endpoint has been there.

    Attributes:
        serving_since: When the version began to be rolled out.
        first: Whether it is the endpoint's first variant, not a second or a shadow.
    """

    endpoint: str
    variant: str
    version: Version
    created: datetime
    serving_since: datetime
    first: bool = True

    def watched_by(self, monitor: str) -> str:
        """What reports and metrics of a monitor are filed under."""
        return monitor if self.first else joined(monitor, self.variant)

    def baseline_uri(self, monitor: str, file: str) -> str:
        """Where a file of a monitor's baseline of the running version is.

        Raises:
            VersionRefused: Terrace's training did not register the version.
        """
        return f"{self.version.property('baselines_uri')}/{monitor}/{file}.json"


def running(model: Deployment, variant: str | None = None) -> Running | None:
    """What answers a model's requests, or None where nothing does yet.

    Args:
        model: The model.
        variant: A production or a shadow variant of its endpoint; by default the first.

    Raises:
        UnknownVariant: The endpoint has no such variant.
        UnknownVersion: The endpoint runs something that is no registered version.
    """
    if isinstance(model.model.endpoint, Lambda | MultiModel):
        return _function(model.names, variant)
    return _endpoint(model.names, variant)


def _function(names: ModelNames, variant: str | None) -> Running | None:
    """The version that the function's alias stands for; of two that share traffic, the older."""
    name = names.serving_function
    if variant not in (None, VARIANT):
        raise UnknownVariant(f"variant got {variant!r}; expected {VARIANT}, of function {name}")
    try:
        alias = client("lambda").get_alias(FunctionName=name, Name=ALIAS)
    except ClientError as error:
        if says(error, "ResourceNotFoundException"):
            return None
        raise
    config = client("lambda").get_function_configuration(
        FunctionName=name, Qualifier=alias["FunctionVersion"]
    )
    told = ServingEnvironment.load(config["Environment"]["Variables"])
    if told.model_package_arn == NO_VERSION:
        return None
    published = datetime.fromisoformat(config["LastModified"])
    return Running(
        endpoint=names.endpoint,
        variant=VARIANT,
        version=version(told.model_package_arn, names.tenant),
        created=published,
        serving_since=published,
    )


def _endpoint(names: ModelNames, variant: str | None) -> Running | None:
    sagemaker = client("sagemaker")
    try:
        endpoint = sagemaker.describe_endpoint(EndpointName=names.endpoint)
    except ClientError as error:
        if says(error, "ValidationException", "could not find", "not found", "does not exist"):
            return None
        raise
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    variants = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())]
    by_name = {str(one["VariantName"]): one for one in variants}
    name = variant or next(iter(by_name))
    if name not in by_name:
        raise UnknownVariant(
            f"variant got {name!r}; expected one of endpoint {names.endpoint}: {', '.join(by_name)}"
        )
    return Running(
        endpoint=names.endpoint,
        variant=name,
        version=version(_package(str(by_name[name]["ModelName"])), names.tenant),
        created=endpoint["CreationTime"],
        serving_since=config["CreationTime"],
        first=name == next(iter(by_name)),
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
