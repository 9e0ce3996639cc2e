"""Deployment guardrails: which alarms end an update of an endpoint, whose rights, what limits."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, eventually
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
    found.settled()
    found.sagemaker.delete_endpoint(EndpointName=found.endpoint)


def alarm(hosting: Hosting, config: str = "") -> str:
    """An alarm on failing requests, of both fleets or of one configuration's; its name."""
    name = f"alarm-{uuid.uuid4().hex[:12]}"
    dimensions = {"EndpointName": hosting.endpoint, "VariantName": "main"}
    dimensions |= {"EndpointConfigName": config} if config else {}
    hosting.cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return name


def state(hosting: Hosting, name: str) -> str:
    (found,) = hosting.cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found["StateValue"])


def fires(hosting: Hosting, name: str) -> None:
    eventually(lambda: state(hosting, name) == "ALARM")


@contextmanager
def traffic(hosting: Hosting) -> Iterator[None]:
    """Requests one after another, whatever is answered."""
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.02):
            try:
                hosting.ask()
            except ClientError as error:
                assert error.response["Error"]["Code"] == "ModelError"

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def guarded(*alarms: str, **policy: Any) -> dict[str, Any]:
    """A deployment configuration that watches alarms while everything goes over at once."""
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    update = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 30} | policy
    given: dict[str, Any] = {"BlueGreenUpdatePolicy": update}
    if alarms:
        named = [{"AlarmName": name} for name in alarms]
        given["AutoRollbackConfiguration"] = {"Alarms": named}
    return given


def updated(hosting: Hosting, config: str, deployment: dict[str, Any]) -> dict[str, Any]:
    """The endpoint, once the update has ended."""
    hosting.sagemaker.update_endpoint(
        EndpointName=hosting.endpoint, EndpointConfigName=config, DeploymentConfig=deployment
    )
    return hosting.settled()


def test_an_alarm_that_the_old_fleet_keeps_in_alarm_ends_the_update(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main", BREAKS="1")])
    both = alarm(hosting)
    good = hosting.config([hosting.variant("main")])
    with traffic(hosting):
        fires(hosting, both)
        found = updated(hosting, good, guarded(both))
        assert state(hosting, both) == "ALARM"
    assert found["EndpointConfigName"] != good
    assert f"alarm {both} fired" in found["FailureReason"]


def test_an_alarm_on_the_new_fleet_lets_it_replace_a_failing_one(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main", BREAKS="1")])
    good = hosting.config([hosting.variant("main")])
    both, new = alarm(hosting), alarm(hosting, good)
    with traffic(hosting):
        fires(hosting, both)
        found = updated(hosting, good, guarded(new))
        assert found["EndpointConfigName"] == good
        eventually(lambda: state(hosting, both) == "OK")


def test_an_alarm_on_the_new_fleet_ends_the_update_when_that_fails(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main")])
    before = hosting.settled()["EndpointConfigName"]
    bad = hosting.config([hosting.variant("main", BREAKS="1")])
    new = alarm(hosting, bad)
    with traffic(hosting):
        found = updated(hosting, bad, guarded(new, TerminationWaitInSeconds=3600))
    assert found["EndpointConfigName"] == before
    assert f"alarm {new} fired" in found["FailureReason"]
    assert hosting.ask() == "main:x"


def test_the_execution_role_must_be_allowed_to_describe_the_alarms(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main")])
    watched = alarm(hosting)
    (account,) = {hosting.role.split(":")[4]}
    rest = ("s3:*", "logs:*", "ecr:*")
    for narrow in ((), (f"arn:aws:cloudwatch:us-east-1:{account}:alarm:other-*",)):
        statements = [allow("cloudwatch:DescribeAlarms", on=arn) for arn in narrow]
        hosting.role = hosting.cloud.role("sagemaker.amazonaws.com", allow(*rest), *statements)
        config = hosting.config([hosting.variant("main")])
        found = updated(hosting, config, guarded(watched))
        assert found["EndpointConfigName"] != config
        assert "cloudwatch:DescribeAlarms" in found["FailureReason"]
    arn = f"arn:aws:cloudwatch:us-east-1:{account}:alarm:{watched}"
    own = allow("cloudwatch:DescribeAlarms", on=arn)
    hosting.role = hosting.cloud.role("sagemaker.amazonaws.com", allow(*rest), own)
    config = hosting.config([hosting.variant("main")])
    assert updated(hosting, config, guarded(watched))["EndpointConfigName"] == config


def test_a_composite_alarm_is_shown_only_to_whom_every_alarm_is(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main")])
    child, composite = alarm(hosting), f"composite-{uuid.uuid4().hex[:12]}"
    cloudwatch = hosting.cloud.client("cloudwatch")
    cloudwatch.put_composite_alarm(AlarmName=composite, AlarmRule=f"ALARM({child})")
    account = hosting.role.split(":")[4]
    rest = allow("s3:*", "logs:*", "ecr:*")
    for resource, wanted in (
        (f"arn:aws:cloudwatch:us-east-1:{account}:alarm:*", False),
        ("*", True),
    ):
        look = allow("cloudwatch:DescribeAlarms", on=resource)
        hosting.role = hosting.cloud.role("sagemaker.amazonaws.com", rest, look)
        config = hosting.config([hosting.variant("main")])
        found = updated(hosting, config, guarded(composite))
        assert (found["EndpointConfigName"] == config) is wanted


def test_an_alarm_that_does_not_exist_ends_the_update(hosting: Hosting) -> None:
    hosting.serve([hosting.variant("main")])
    config = hosting.config([hosting.variant("main")])
    found = updated(hosting, config, guarded("nowhere"))
    assert found["EndpointConfigName"] != config
    assert "alarm nowhere does not exist" in found["FailureReason"]


def test_a_deployment_longer_than_sagemaker_allows_is_refused(hosting: Hosting) -> None:
    instances = {"InitialInstanceCount": 10}
    hosting.serve([hosting.variant("main") | instances])
    ten = hosting.config([hosting.variant("main") | instances])
    one = hosting.config([hosting.variant("main")])

    def shift(kind: str, value: int, wait: int = 0) -> dict[str, Any]:
        size = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}[kind]
        share = {"Type": "CAPACITY_PERCENT", "Value": value}
        return {"Type": kind, "WaitIntervalInSeconds": wait, size: share}

    refused: list[tuple[str, dict[str, Any], str]] = [
        (ten, {"MaximumExecutionTimeoutInSeconds": 28_801}, "less than or equal to 28800"),
        (ten, {"TerminationWaitInSeconds": 3601}, "less than or equal to 3600"),
        (ten, {"TrafficRoutingConfiguration": shift("CANARY", 10, 3601)}, "or equal to 3600"),
        (ten, {"TrafficRoutingConfiguration": shift("LINEAR", 10, 3600)}, "total waiting time"),
        (
            ten,
            {"TerminationWaitInSeconds": 600, "MaximumExecutionTimeoutInSeconds": 600},
            "must be larger than the total waiting time",
        ),
        (ten, {"TrafficRoutingConfiguration": shift("CANARY", 51)}, "at most 50%"),
        (ten, {"TrafficRoutingConfiguration": shift("LINEAR", 9)}, "must be 10-50%"),
        (one, {"TrafficRoutingConfiguration": shift("CANARY", 10)}, "at most 50%"),
        (ten, {"TrafficRoutingConfiguration": {"Type": "CANARY", "WaitIntervalInSeconds": 0}},
         "needs CanarySize"),
    ]  # fmt: skip
    for config, policy, message in refused:
        with pytest.raises(ClientError, match=message):
            hosting.sagemaker.update_endpoint(
                EndpointName=hosting.endpoint,
                EndpointConfigName=config,
                DeploymentConfig=guarded(**policy),
            )
    with pytest.raises(ClientError, match="less than or equal to 10"):
        hosting.sagemaker.update_endpoint(
            EndpointName=hosting.endpoint,
            EndpointConfigName=ten,
            DeploymentConfig=guarded(*(f"alarm-{number}" for number in range(11))),
        )
