from datetime import UTC, datetime

import pytest

from lambdas.common.registry import VersionRefused
from lambdas.common.running import UnknownVersion, running
from terrace.names import ModelNames

from .conftest import BUCKET, IMAGE, Cloud
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


class ModelNamesOfSouth(ModelNames):
    """Names that lead another tenant to this endpoint."""

    @property
    def endpoint(self) -> str:
        return NAMES.endpoint
