from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from lambdas.common.registry import VersionRefused
from lambdas.common.running import UnknownVariant, UnknownVersion, running
from terrace.deployment import Deployment
from terrace.environment import ServingEnvironment
from terrace.names import ModelNames

from .conftest import BUCKET, IMAGE, ROLE, Cloud
from .endpoints import BASELINES, ENDPOINT, registered, serve


def test_without_an_endpoint_nothing_runs(cloud: Cloud) -> None:
    assert running(served(cloud)) is None


def test_the_running_version_and_its_baseline_are_found(cloud: Cloud) -> None:
    registered(cloud)
    arn = registered(cloud)
    serve(cloud, {"ModelPackageName": arn}, since=datetime(2026, 3, 1, 10, tzinfo=UTC))

    found = running(served(cloud))

    assert found is not None
    assert (found.endpoint, found.variant) == ("north--tool-wear", "AllTraffic")
    assert (found.version.arn, found.version.number) == (arn, 2)
    assert found.created == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert found.baseline_uri("data-quality", "statistics") == (
        f"{BASELINES}/data-quality/statistics.json"
    )


def test_a_version_without_a_baseline_is_told(cloud: Cloud) -> None:
    serve(cloud, {"ModelPackageName": registered(cloud, baseline=False)})
    found = running(served(cloud))
    assert found is not None
    with pytest.raises(VersionRefused, match="no baselines_uri"):
        found.baseline_uri("data-quality", "statistics")


def test_a_model_that_no_version_was_made_from_is_told(cloud: Cloud) -> None:
    serve(cloud, {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"})
    with pytest.raises(UnknownVersion, match="names no model package"):
        running(served(cloud))


def test_a_version_of_another_tenant_behind_the_endpoint_is_refused(cloud: Cloud) -> None:
    serve(cloud, {"ModelPackageName": registered(cloud)})
    rest = {name: value for name, value in served(cloud) if name != "tenant"}
    with pytest.raises(VersionRefused):
        running(OfSouth(tenant="south", **rest))


def test_another_variant_is_found_by_its_name(cloud: Cloud) -> None:
    first, second = registered(cloud), registered(cloud)
    serve(cloud, {"ModelPackageName": first})
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_model(
        ModelName="n", PrimaryContainer={"ModelPackageName": second}, ExecutionRoleArn=ROLE
    )
    variants = [
        {
            "VariantName": name,
            "ModelName": model,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
        }
        for name, model in (("AllTraffic", "m"), ("Shadow", "n"))
    ]
    sagemaker.delete_endpoint(EndpointName="north--tool-wear")
    sagemaker.create_endpoint_config(EndpointConfigName="both", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName="north--tool-wear", EndpointConfigName="both")

    found = running(served(cloud), "Shadow")

    assert found is not None
    assert (found.version.arn, found.watched_by("data-quality")) == (second, "data-quality--Shadow")
    usual = running(served(cloud))
    assert usual is not None
    assert (usual.version.arn, usual.watched_by("data-quality")) == (first, "data-quality")
    with pytest.raises(UnknownVariant, match=r"expected one of .*AllTraffic, Shadow"):
        running(served(cloud), "Nobody")


def test_behind_a_function_is_the_version_that_its_alias_stands_for(cloud: Cloud) -> None:
    first, second = registered(cloud), registered(cloud)
    model = served(cloud, kind="lambda")
    assert running(model) is None
    function(cloud, "none")
    assert running(model) is None
    function(cloud, first)
    # Another version that takes a share of the traffic is not the one that is watched.
    weights = {"AdditionalVersionWeights": {publish(cloud, second): 0.1}}
    cloud.client("lambda").update_alias(FunctionName=FUNCTION, Name="live", RoutingConfig=weights)

    found = running(model)

    assert found is not None
    assert (found.endpoint, found.variant, found.version.arn) == (
        "north--tool-wear",
        "AllTraffic",
        first,
    )
    assert found.created.tzinfo is not None
    with pytest.raises(UnknownVariant, match="expected AllTraffic"):
        running(model, "Shadow")


FUNCTION = "terrace--north--serve--tool-wear"


def served(cloud: Cloud, kind: str = "real-time") -> Deployment:
    return cloud.deploy(endpoint={"kind": kind})


def function(cloud: Cloud, model_package_arn: str) -> None:
    """A function whose alias stands for a version of it that serves this one."""
    functions = cloud.client("lambda")
    version = publish(cloud, model_package_arn)
    try:
        functions.create_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)
    except ClientError:  # it is there
        functions.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)


def publish(cloud: Cloud, model_package_arn: str) -> str:
    functions = cloud.client("lambda")
    told = ServingEnvironment(
        tenant="north",
        model="tool-wear",
        bucket=BUCKET,
        model_package_arn=model_package_arn,
        endpoint="",
        endpoint_is_shared=False,
        delivery_stream="terrace--north--tool-wear",
        sampling_percentage=100,
    )
    given = {"FunctionName": FUNCTION, "Environment": {"Variables": told.dump()}}
    try:
        functions.update_function_configuration(**given)
    except functions.exceptions.ResourceNotFoundException:
        role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        functions.create_function(
            Runtime="python3.13",
            Handler="h",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": b"PK"},
            **given,
        )
    return str(functions.publish_version(FunctionName=FUNCTION)["Version"])


class OfSouth(Deployment):
    """A deployment that leads another tenant to this endpoint."""

    @property
    def names(self) -> ModelNames:
        return type("Names", (ModelNames,), {"endpoint": ENDPOINT})(
            tenant=self.tenant, model=self.model.name
        )
