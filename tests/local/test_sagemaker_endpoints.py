"""Endpoints: weights, shadows, updates, capture, figures, and what goes wrong."""

import base64
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, eventually
from tests.local.hosting import Hosting
from tests.local.images import pushed

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def image(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    return pushed(cloud, tmp_path_factory.mktemp("image"))


@pytest.fixture
def hosting(cloud: Cloud, image: str) -> Iterator[Hosting]:
    found = Hosting(cloud, image)
    yield found
    found.sagemaker.delete_endpoint(EndpointName=found.endpoint)


def test_weights_share_the_traffic_and_a_variant_can_be_named(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("heavy", 3.0), hosting.variant("light", 1.0)])
    heard = Counter(hosting.ask().split(":")[0] for _ in range(200))
    assert 0.6 < heard["heavy"] / 200 < 0.9
    assert hosting.ask(TargetVariant="light") == "light:x"


def test_a_shadow_gets_the_requests_and_answers_nobody(hosting: Hosting) -> None:
    hosting.serve(
        [hosting.variant("main")],
        ShadowProductionVariants=[hosting.variant("shadow")],
        **hosting.capture(),
    )
    assert {hosting.ask(str(number)) for number in range(5)} == {f"main:{n}" for n in range(5)}
    record = hosting.captured("shadow", 5)[0]
    answer = base64.b64decode(record["captureData"]["endpointOutput"]["data"]).decode()
    assert answer.startswith("shadow:")


def test_an_update_goes_over_to_the_new_variant_without_a_gap(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main", OTHER="1")])
    other = hosting.config([hosting.variant("next")])
    hosting.sagemaker.update_endpoint(EndpointName=hosting.endpoint, EndpointConfigName=other)
    while hosting.sagemaker.describe_endpoint(EndpointName=hosting.endpoint)[
        "EndpointStatus"
    ] == "Updating":  # fmt: skip
        assert hosting.ask().endswith(":x")
    assert hosting.ask() == "next:x"


def test_variants_come_and_go_without_guards_alone(hosting: Hosting) -> None:
    """SageMaker's guards are for updates whose variants have the same names as before."""
    hosting.serve([hosting.variant("main")])
    both = hosting.config([hosting.variant("main"), hosting.variant("second")])
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    guard = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    change = hosting.sagemaker.update_endpoint
    with pytest.raises(ClientError, match="same variant names"):
        change(EndpointName=hosting.endpoint, EndpointConfigName=both, DeploymentConfig=guard)
    for config in (both, hosting.config([hosting.variant("main")])):
        change(EndpointName=hosting.endpoint, EndpointConfigName=config)
        while hosting.sagemaker.describe_endpoint(EndpointName=hosting.endpoint)[
            "EndpointStatus"
        ] == "Updating":  # fmt: skip
            assert hosting.ask().endswith(":x")
    assert {hosting.ask() for _ in range(20)} == {"main:x"}


def test_a_variant_that_is_sick_never_gets_traffic(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main")])
    sick = hosting.config([hosting.variant("sick", SICK="1")])
    hosting.sagemaker.update_endpoint(EndpointName=hosting.endpoint, EndpointConfigName=sick)
    found = hosting.settled()
    assert hosting.ask() == "main:x"
    assert found["EndpointConfigName"] != sick or found["EndpointStatus"] != "InService"


def test_what_the_model_refuses_is_a_model_error_with_its_words(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main")])
    with pytest.raises(ClientError, match="the model cannot say") as refused:
        hosting.ask("bad")
    assert refused.value.response["Error"]["Code"] == "ModelError"


def test_capture_keeps_ids_and_writes_other_content_types_as_base64(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main")], **hosting.capture())
    hosting.ask("1,2", InferenceId="mine", CustomAttributes="shift=night")
    (record,) = hosting.captured("main", 1)
    request = record["captureData"]["endpointInput"]
    assert (request["encoding"], base64.b64decode(request["data"])) == ("BASE64", b"1,2")
    assert record["eventMetadata"]["inferenceId"] == "mine"
    assert record["eventMetadata"]["customAttributes"] == ["shift=night"]


def test_capture_takes_the_share_that_it_is_told(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main")], **hosting.capture(percentage=30))
    for number in range(200):
        hosting.ask(str(number))
    hosting.ask("last")
    found = hosting.captured("main", 30)
    assert 30 <= len(found) <= 95


def test_latencies_are_figures_of_which_a_percentile_can_be_asked(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main")])
    for _ in range(20):
        hosting.ask()
    now = datetime.now(UTC)

    def percentile() -> float | None:
        found = hosting.cloud.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="ModelLatency",
            Dimensions=[
                {"Name": "EndpointName", "Value": hosting.endpoint},
                {"Name": "VariantName", "Value": "main"},
            ],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=600,
            ExtendedStatistics=["p90"],
        )["Datapoints"]
        return found[0]["ExtendedStatistics"]["p90"] if found else None

    assert eventually(percentile) > 0


def test_a_serverless_endpoint_answers_and_has_nothing_that_aws_leaves_out(
    hosting: Hosting,
) -> None:
    variant = hosting.variant("main")
    for key in ("InstanceType", "InitialInstanceCount"):
        variant.pop(key, None)
    variant["ServerlessConfig"] = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    with pytest.raises(ClientError, match="does not go together with DataCaptureConfig"):
        hosting.serve([variant], **hosting.capture())
    with pytest.raises(ClientError, match="more than one variant"):
        hosting.serve([variant, hosting.variant("other")])
    hosting.serve([variant])
    assert hosting.ask().startswith("main:")
    (summary,) = hosting.settled()["ProductionVariants"]
    assert summary["CurrentServerlessConfig"]["MaxConcurrency"] == 5
    assert "CurrentInstanceCount" not in summary
