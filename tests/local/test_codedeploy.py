"""Aliases with weights, and CodeDeploy that moves them."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, eventually
from tests.local.functions import Deployed, deploy

pytestmark = pytest.mark.local

CODE = """
import os
import random

def handler(event, context):
    if event == "sometimes" and os.environ["SAYS"] == "new" and random.random() < 0.05:
        raise ValueError("as one request in twenty")
    return os.environ["SAYS"]
"""


@dataclass(frozen=True, kw_only=True)
class Live:
    """A function with two versions, the first of which is live."""

    cloud: Cloud
    function: Deployed
    name: str

    def answers(self, count: int = 60) -> Counter[str]:
        return Counter(self.function.call(Qualifier="live")[0] for _ in range(count))

    def weight(self) -> float:
        """The second version's share of the alias's traffic."""
        alias = self.cloud.client("lambda").get_alias(FunctionName=self.function.name, Name="live")
        weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return float(weights.get("2", 0))

    def alarm(self, missing: str = "missing") -> str:
        """A new alarm, on a metric that nobody writes; its name."""
        name = f"{self.name}-errors"
        self.cloud.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="N",
            MetricName="M",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData=missing,
        )
        return name

    def deploy(
        self,
        config: str,
        *,
        alarm: str = "",
        rolls_back_on: Sequence[str] = ("DEPLOYMENT_STOP_ON_ALARM",),
        **rights: bool,
    ) -> str:
        """Starts a deployment of the second version; its id."""
        client = self.cloud.client("codedeploy")
        statements = [allow("lambda:GetAlias", "lambda:UpdateAlias")]
        if rights.get("may_look", True):
            every = "*" if rights.get("sees_all", True) else "arn:aws:cloudwatch:*:*:alarm:*"
            statements.append(allow("cloudwatch:DescribeAlarms", on=every))
        client.create_application(applicationName=self.name, computePlatform="Lambda")
        client.create_deployment_group(
            applicationName=self.name,
            deploymentGroupName=self.name,
            deploymentConfigName=config,
            serviceRoleArn=self.cloud.role("codedeploy.amazonaws.com", *statements),
            alarmConfiguration={"enabled": bool(alarm), "alarms": [{"name": alarm}] * bool(alarm)},
            autoRollbackConfiguration={
                "enabled": bool(rolls_back_on),
                "events": list(rolls_back_on),
            },
        )
        properties = {
            "Name": self.function.name,
            "Alias": "live",
            "CurrentVersion": "1",
            "TargetVersion": "2",
        }
        content = {"Resources": [{"f": {"Properties": properties}}]}
        made = client.create_deployment(
            applicationName=self.name,
            deploymentGroupName=self.name,
            revision={
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": json.dumps(content)},
            },
        )
        return str(made["deploymentId"])

    def info(self, deployment: str) -> dict[str, object]:
        found = self.cloud.client("codedeploy").get_deployment(deploymentId=deployment)
        return dict(found["deploymentInfo"])

    def ended(self, deployment: str) -> dict[str, object]:
        def ask() -> dict[str, object] | None:
            found = self.info(deployment)
            return found if found["status"] != "InProgress" else None

        found: dict[str, object] = eventually(ask)
        return found


@pytest.fixture
def live(cloud: Cloud) -> Iterator[Live]:
    function = deploy(cloud, CODE, Environment={"Variables": {"SAYS": "old"}})
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName=function.name)
    functions.update_function_configuration(
        FunctionName=function.name, Environment={"Variables": {"SAYS": "new"}}
    )
    functions.publish_version(FunctionName=function.name)
    functions.create_alias(FunctionName=function.name, Name="live", FunctionVersion="1")
    yield Live(cloud=cloud, function=function, name=f"app-{uuid.uuid4().hex[:8]}")


def test_an_alias_with_weights_answers_by_both_versions(live: Live) -> None:
    assert live.answers(5) == {"old": 5}
    live.cloud.client("lambda").update_alias(
        FunctionName=live.function.name,
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    answers = live.answers()
    assert answers["old"] > 10
    assert answers["new"] > 10


def test_a_canary_gets_its_share_and_then_everything(live: Live) -> None:
    live.cloud.client("codedeploy").create_deployment_config(
        deploymentConfigName=f"{live.name}-half",
        computePlatform="Lambda",
        trafficRoutingConfig={
            "type": "TimeBasedCanary",
            "timeBasedCanary": {"canaryPercentage": 50, "canaryInterval": 2},
        },
    )
    made = live.deploy(f"{live.name}-half")
    eventually(lambda: live.answers(4)["new"] or None)
    assert live.info(made)["status"] == "InProgress"
    assert live.answers(30)["old"] > 0
    assert live.ended(made)["status"] == "Succeeded"
    assert live.answers(10) == {"new": 10}


def test_a_linear_shift_goes_step_by_step(live: Live) -> None:
    made = live.deploy("CodeDeployDefault.LambdaLinear10PercentEvery1Minute")
    assert eventually(lambda: live.weight() == 0.1 or None)
    assert eventually(lambda: live.weight() >= 0.3 or None)
    live.cloud.client("codedeploy").stop_deployment(deploymentId=made, autoRollbackEnabled=True)
    assert eventually(lambda: live.weight() == 0 or None)
    assert live.answers(10) == {"old": 10}
    assert live.info(made)["status"] == "Stopped"


def test_an_alarm_takes_everything_back(live: Live) -> None:
    cloudwatch, alarm = live.cloud.client("cloudwatch"), live.alarm()
    made = live.deploy("CodeDeployDefault.LambdaCanary10Percent30Minutes", alarm=alarm)
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    found = live.ended(made)
    assert found["status"] == "Stopped"
    assert alarm in str(found["errorInformation"])
    eventually(lambda: live.info(made).get("rollbackInfo"))
    assert live.answers(10) == {"old": 10}


@pytest.mark.parametrize("config", ["LambdaAllAtOnce", "LambdaCanary10Percent5Minutes"])
def test_an_alarm_that_is_in_alarm_already_lets_no_deployment_begin(
    live: Live, config: str
) -> None:
    cloudwatch, alarm = live.cloud.client("cloudwatch"), live.alarm("breaching")
    eventually(
        lambda: cloudwatch.describe_alarms(AlarmNames=[alarm], StateValue="ALARM")["MetricAlarms"]
    )
    found = live.ended(live.deploy(f"CodeDeployDefault.{config}", alarm=alarm))
    assert found["status"] == "Stopped"
    assert "ALARM_ACTIVE" in str(found["errorInformation"])
    assert live.answers(10) == {"old": 10}


def test_without_automatic_rollback_a_stopped_deployment_stays_half_way(live: Live) -> None:
    cloudwatch, alarm = live.cloud.client("cloudwatch"), live.alarm()
    config = "CodeDeployDefault.LambdaCanary10Percent30Minutes"
    made = live.deploy(config, alarm=alarm, rolls_back_on=())
    eventually(lambda: live.weight() == 0.1)
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    assert live.ended(made)["status"] == "Stopped"
    assert live.weight() == 0.1


def test_a_composite_alarm_is_shown_only_to_a_role_that_may_see_every_alarm(live: Live) -> None:
    cloudwatch, child = live.cloud.client("cloudwatch"), live.alarm()
    cloudwatch.put_composite_alarm(AlarmName=f"{live.name}-all", AlarmRule=f"ALARM({child})")
    made = live.deploy(
        "CodeDeployDefault.LambdaAllAtOnce", alarm=f"{live.name}-all", sees_all=False
    )
    found = live.ended(made)
    assert found["status"] == "Failed"
    assert "cloudwatch:DescribeAlarms" in str(found["errorInformation"])


def test_an_alarm_that_does_not_exist_lets_no_deployment_begin(live: Live) -> None:
    found = live.ended(live.deploy("CodeDeployDefault.LambdaAllAtOnce", alarm="nowhere"))
    assert found["status"] == "Failed"
    assert "nowhere does not exist" in str(found["errorInformation"])
    assert live.answers(5) == {"old": 5}


def test_what_fails_on_one_request_in_twenty_is_seen_in_its_own_share(live: Live) -> None:
    """In all of the traffic, of which it has a tenth, it fails on one in two hundred."""
    function, cloudwatch = live.function.name, live.cloud.client("cloudwatch")
    of_newest = {"Resource": f"{function}:live", "ExecutedVersion": "2"}
    for name, dimensions in (("all", {}), ("canary", of_newest)):
        told = [
            {"Name": k, "Value": v} for k, v in {"FunctionName": function, **dimensions}.items()
        ]
        metrics = [
            {
                "Id": metric.lower(),
                "ReturnData": False,
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": told,
                    },
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for metric in ("Errors", "Invocations")
        ]  # fmt: skip
        share = {"Id": "share", "Expression": "errors / invocations", "ReturnData": True}
        cloudwatch.put_metric_alarm(
            AlarmName=f"{live.name}-{name}",
            Metrics=[*metrics, share],
            EvaluationPeriods=3,
            DatapointsToAlarm=2,
            Threshold=0.02,
            TreatMissingData="notBreaching",
            ComparisonOperator="GreaterThanThreshold",
        )
    made = live.deploy(
        "CodeDeployDefault.LambdaCanary10Percent30Minutes", alarm=f"{live.name}-canary"
    )
    while live.info(made)["status"] == "InProgress":
        for _ in range(50):
            live.function.call("sometimes", Qualifier="live")
    assert f"{live.name}-canary" in str(live.info(made)["errorInformation"])
    assert live.answers(10) == {"old": 10}
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[f"{live.name}-all"])["MetricAlarms"]
    assert alarm["StateValue"] != "ALARM"


def test_an_alarm_without_data_takes_nothing_back(live: Live) -> None:
    alarm = live.alarm()
    made = live.deploy("CodeDeployDefault.LambdaCanary10Percent5Minutes", alarm=alarm)
    assert live.ended(made)["status"] == "Succeeded"
    (told,) = live.cloud.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    assert told["StateValue"] == "INSUFFICIENT_DATA"
    assert live.answers(5) == {"new": 5}


def test_a_role_that_may_not_look_at_the_alarms_moves_nothing(live: Live) -> None:
    made = live.deploy("CodeDeployDefault.LambdaAllAtOnce", alarm=live.alarm(), may_look=False)
    found = live.ended(made)
    assert found["status"] == "Failed"
    assert "cloudwatch:DescribeAlarms" in str(found["errorInformation"])
    assert live.answers(5) == {"old": 5}


def test_what_is_not_there_is_told(cloud: Cloud) -> None:
    client = cloud.client("codedeploy")
    for operation, given, told in (
        ("get_application", {"applicationName": "n"}, "No application found"),
        ("get_deployment_config", {"deploymentConfigName": "n"}, "No deployment configuration"),
        ("get_deployment", {"deploymentId": "d-1"}, "no deployment d-1"),
    ):
        with pytest.raises(ClientError, match=told):
            getattr(client, operation)(**given)
    with pytest.raises(ClientError, match="knows Lambda alone"):
        client.create_application(applicationName="servers", computePlatform="Server")
