from datetime import UTC, datetime

import pytest

from lambdas.common.registry import VersionRefused
from lambdas.common.running import UnknownVariant, UnknownVersion, running
from terrace.names import ModelNames

from .conftest import BUCKET, IMAGE, ROLE, Cloud
from .endpoints import BASELINES, registered, serve

NAMES = ModelNames(tenant="north", model="tool-wear")


def test_without_an_endpoint_nothing_runs(cloud: Cloud) -> None:
    assert running(NAMES) is None


def test_the_running_version_and_its_baseline_are_found(cloud: Cloud) -> None:
    registered(cloud)
    arn = registered(cloud)
    serve(cloud, {"ModelPackageName": arn}, since=datetime(2026, 3, 1, 10, tzinfo=UTC))

    found = running(NAMES)

    assert found is not None
    assert (found.endpoint, found.variant) == ("north--tool-wear", "AllTraffic")
    assert (found.version.arn, found.version.number) == (arn, 2)
    assert found.created == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert found.baseline_uri("data-quality", "statistics") == (
        f"{BASELINES}/data-quality/statistics.json"
    )


def test_a_version_without_a_baseline_is_told(cloud: Cloud) -> None:
    serve(cloud, {"ModelPackageName": registered(cloud, baseline=False)})
    found = running(NAMES)
    assert found is not None
    with pytest.raises(VersionRefused, match="no baselines_uri"):
        found.baseline_uri("data-quality", "statistics")


def test_a_model_that_no_version_was_made_from_is_told(cloud: Cloud) -> None:
    serve(cloud, {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"})
    with pytest.raises(UnknownVersion, match="names no model package"):
        running(NAMES)


def test_a_version_of_another_tenant_behind_the_endpoint_is_refused(cloud: Cloud) -> None:
    serve(cloud, {"ModelPackageName": registered(cloud)})
    with pytest.raises(VersionRefused):
        running(ModelNamesOfSouth(tenant="south", model="tool-wear"))


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

    found = running(NAMES, "Shadow")

    assert found is not None
    assert (found.version.arn, found.watched_by("data-quality")) == (second, "data-quality--Shadow")
    usual = running(NAMES)
    assert usual is not None
    assert (usual.version.arn, usual.watched_by("data-quality")) == (first, "data-quality")
    with pytest.raises(UnknownVariant, match=r"expected one of .*AllTraffic, Shadow"):
        running(NAMES, "Nobody")


class ModelNamesOfSouth(ModelNames):
    """Names that lead another tenant to this endpoint."""

    @property
    def endpoint(self) -> str:
        return NAMES.endpoint
