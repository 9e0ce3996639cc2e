"""Alarms: from metrics to a state, and from a state to people, functions and rules."""

import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud import lifecycle
from tests.local.conftest import CLOCK_SPEED, Cloud, eventually
from tests.local.functions import deploy
from tests.local.queues import Queue, new_queue

pytestmark = pytest.mark.local


@pytest.fixture(autouse=True, scope="module")
def _fast(cloud: Cloud) -> Iterator[None]:
    """A minute takes half a second."""
    lifecycle.set_speed(120, cloud.folder)
    yield
    lifecycle.set_speed(CLOCK_SPEED, cloud.folder)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of a test, in a namespace of its own."""

    cloud: Cloud
    namespace: str

    def put(self, value: float, name: str = "Heat", **dimensions: str) -> None:
        self.cloud.client("cloudwatch").put_metric_data(
            Namespace=self.namespace,
            MetricData=[{"MetricName": name, "Value": value, "Dimensions": named(dimensions)}],
        )

    def put_together(self, **values: float) -> None:
        """Values of several metrics in the same minute."""
        now = datetime.now(UTC)
        data = [{"MetricName": n, "Value": v, "Timestamp": now} for n, v in values.items()]
        self.cloud.client("cloudwatch").put_metric_data(Namespace=self.namespace, MetricData=data)

    def alarm(self, **settings: Any) -> str:
        """A new alarm; its name."""
        name = f"alarm-{uuid.uuid4().hex[:12]}"
        one = {
            "Namespace": self.namespace,
            "MetricName": "Heat",
            "Statistic": "Maximum",
            "Period": 60,
        }
        given = {
            "EvaluationPeriods": 1,
            "Threshold": 10,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        } | ({} if "Metrics" in settings else one)
        self.cloud.client("cloudwatch").put_metric_alarm(AlarmName=name, **(given | settings))
        return name

    def query(self, identity: str, name: str) -> dict[str, Any]:
        metric = {"Namespace": self.namespace, "MetricName": name}
        stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
        return {"Id": identity, "MetricStat": stat, "ReturnData": False}


def named(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


@pytest.fixture
def metric(cloud: Cloud) -> Metric:
    return Metric(cloud=cloud, namespace=f"Tests{uuid.uuid4().hex[:8]}")


def described(cloud: Cloud, name: str) -> dict[str, Any]:
    found = cloud.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
    return dict(alarm)


def in_state(cloud: Cloud, name: str, state: str) -> dict[str, Any]:
    """The alarm, as soon as it is in a state."""
    return dict(
        eventually(lambda: (alarm := described(cloud, name))["StateValue"] == state and alarm)
    )


def topic_of(queue: Queue) -> str:
    """A new topic whose messages go to a queue."""
    sns = queue.cloud.client("sns")
    arn = str(sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:12]}")["TopicArn"])
    queue.let_in("sns.amazonaws.com", arn)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)
    return arn


def test_an_alarm_fires_and_recovers_and_tells_its_topic(cloud: Cloud, metric: Metric) -> None:
    queue = new_queue(cloud)
    topic = topic_of(queue)
    name = metric.alarm(AlarmActions=[topic], OKActions=[topic])
    in_state(cloud, name, "OK")
    metric.put(11)
    alarm = in_state(cloud, name, "ALARM")
    assert "was greater than the threshold (10.0)" in alarm["StateReason"]
    in_state(cloud, name, "OK")
    told = [json.loads(json.loads(queue.next()["Body"])["Message"]) for _ in range(3)]
    changes = [(one["OldStateValue"], one["NewStateValue"]) for one in told]
    assert changes == [("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM"), ("ALARM", "OK")]
    assert told[1]["Region"] == "US East (N. Virginia)"
    assert told[1]["Trigger"]["MetricName"] == "Heat"
    history = cloud.client("cloudwatch").describe_alarm_history(AlarmName=name)
    summaries = [item["HistorySummary"] for item in history["AlarmHistoryItems"]]
    assert "Alarm updated from OK to ALARM" in summaries
    assert f"Successfully executed action {topic}" in summaries


def test_an_alarm_looks_at_its_own_dimensions_alone(cloud: Cloud, metric: Metric) -> None:
    other = metric.alarm(Dimensions=named({"Kiln": "south"}))
    own = metric.alarm(Dimensions=named({"Kiln": "north"}))
    metric.put(11, Kiln="north")
    in_state(cloud, own, "ALARM")
    assert described(cloud, other)["StateValue"] != "ALARM"


def test_an_alarm_without_data_does_not_know(cloud: Cloud, metric: Metric) -> None:
    silent, breaching = (
        metric.alarm(TreatMissingData="missing"),
        metric.alarm(TreatMissingData="breaching"),
    )
    in_state(cloud, breaching, "ALARM")
    assert described(cloud, silent)["StateValue"] == "INSUFFICIENT_DATA"


def test_an_alarm_takes_percentiles(cloud: Cloud, metric: Metric) -> None:
    high = extended(metric, "p90")
    low = extended(metric, "p10")
    for value in (1, 1, 20, 20):
        metric.put(value)
    in_state(cloud, high, "ALARM")
    assert described(cloud, low)["StateValue"] != "ALARM"


def extended(metric: Metric, statistic: str) -> str:
    name = f"alarm-{uuid.uuid4().hex[:12]}"
    metric.cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=metric.namespace,
        MetricName="Heat",
        ExtendedStatistic=statistic,
        Period=3600,
        EvaluationPeriods=1,
        Threshold=10,
        ComparisonOperator="GreaterThanThreshold",
    )
    return name


def test_an_alarm_computes(cloud: Cloud, metric: Metric) -> None:
    metrics = [
        metric.query("errors", "Errors"),
        metric.query("calls", "Calls"),
        {"Id": "rate", "Expression": "100 * errors / calls", "Label": "Error rate"},
    ]
    name = metric.alarm(Metrics=metrics)
    metric.put_together(Calls=4, Errors=1)
    alarm = in_state(cloud, name, "ALARM")
    assert "[25.0 (" in alarm["StateReason"]
    assert [one["Id"] for one in alarm["Metrics"]] == ["errors", "calls", "rate"]


def test_a_composite_alarm_follows_its_children(cloud: Cloud, metric: Metric) -> None:
    cloudwatch = cloud.client("cloudwatch")
    hot, wet = metric.alarm(), metric.alarm(MetricName="Damp")
    name = f"composite-{uuid.uuid4().hex[:12]}"
    cloudwatch.put_composite_alarm(
        AlarmName=name, AlarmRule=f"ALARM({hot}) AND NOT ALARM({wet}) AND OK({wet})"
    )
    in_state(cloud, wet, "OK")
    metric.put(11)
    alarm = in_state(cloud, name, "ALARM")
    assert hot in alarm["StateReason"]
    in_state(cloud, name, "OK")


def test_a_rule_sees_the_change_of_an_alarm(cloud: Cloud, metric: Metric) -> None:
    queue, events = new_queue(cloud), cloud.client("events")
    name, rule = metric.alarm(AlarmDescription="Too hot"), f"rule-{uuid.uuid4().hex[:12]}"
    arn = described(cloud, name)["AlarmArn"]
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "resources": [arn],
        "detail": {"state": {"value": ["ALARM"]}},
    }
    rule_arn = events.put_rule(Name=rule, EventPattern=json.dumps(pattern))["RuleArn"]
    queue.let_in("events.amazonaws.com", rule_arn)
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": queue.arn}])
    in_state(cloud, name, "OK")
    cloud.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="A drill", StateReasonData='{"drill":1}'
    )
    event = json.loads(queue.next()["Body"])
    detail = event["detail"]
    assert event["resources"] == [arn]
    assert (detail["alarmName"], detail["previousState"]["value"]) == (name, "OK")
    assert detail["state"]["reason"] == "A drill"
    assert detail["configuration"]["description"] == "Too hot"
    stat = detail["configuration"]["metrics"][0]["metricStat"]
    assert stat["metric"] == {"namespace": metric.namespace, "name": "Heat", "dimensions": {}}


def test_a_topic_that_does_not_let_cloudwatch_in_is_not_told(cloud: Cloud, metric: Metric) -> None:
    queue = new_queue(cloud)
    topic = topic_of(queue)
    nobody = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic,
            }
        ],
    }
    cloud.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(nobody)
    )
    name = metric.alarm(AlarmActions=[topic])
    metric.put(11)
    in_state(cloud, name, "ALARM")
    history = cloud.client("cloudwatch").describe_alarm_history(
        AlarmName=name, HistoryItemType="Action"
    )
    (item,) = history["AlarmHistoryItems"]
    assert item["HistorySummary"] == f"Failed to execute action {topic}"
    assert queue.received() == []


def test_an_alarm_invokes_a_function(cloud: Cloud, metric: Metric) -> None:
    code = "def handler(event, context): print('alarm', event['alarmData']['state']['value'])"
    function = deploy(cloud, code)
    name = metric.alarm(AlarmActions=[function.arn])
    cloud.client("lambda").add_permission(
        FunctionName=function.name,
        StatementId="alarm",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceArn=described(cloud, name)["AlarmArn"],
    )
    metric.put(11)
    assert function.logged("alarm") == "alarm ALARM"


def test_a_function_that_fails_raises_an_alarm_on_its_errors(cloud: Cloud, metric: Metric) -> None:
    function = deploy(cloud, "def handler(event, context): raise ValueError")
    name = metric.alarm(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Threshold=0,
        Dimensions=named({"FunctionName": function.name}),
    )
    function.call()
    in_state(cloud, name, "ALARM")


def test_messages_that_wait_raise_an_alarm(cloud: Cloud, metric: Metric) -> None:
    queue = new_queue(cloud)
    name = metric.alarm(
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Threshold=0,
        Dimensions=named({"QueueName": queue.arn.rpartition(":")[2]}),
    )
    in_state(cloud, name, "OK")
    cloud.client("sqs").send_message(QueueUrl=queue.url, MessageBody="x")
    in_state(cloud, name, "ALARM")
    queue.next()
    in_state(cloud, name, "OK")


def history(cloud: Cloud, name: str) -> list[str]:
    """What happened to an alarm, the newest first."""
    found = cloud.client("cloudwatch").describe_alarm_history(AlarmName=name)
    return [item["HistorySummary"] for item in found["AlarmHistoryItems"]]


def test_a_state_that_somebody_sets_is_undone_by_the_next_evaluation(
    cloud: Cloud, metric: Metric
) -> None:
    name = metric.alarm()
    in_state(cloud, name, "OK")
    cloud.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="a drill"
    )
    in_state(cloud, name, "OK")
    assert history(cloud, name)[:2] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
    ]


def test_an_alarm_whose_metric_still_breaches_stays_in_alarm(cloud: Cloud, metric: Metric) -> None:
    """Whatever is set or put again by hand; and its topic hears only of changes of state."""
    queue = new_queue(cloud)
    topic = topic_of(queue)
    name = metric.alarm(AlarmActions=[topic])
    cloudwatch = cloud.client("cloudwatch")
    over = threading.Event()

    def breach() -> None:
        while not over.wait(0.1):
            metric.put(11)

    thread = threading.Thread(target=breach)
    thread.start()
    try:
        before = in_state(cloud, name, "ALARM")
        given = {
            key: before[key]
            for key in ("Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods",
                        "ComparisonOperator", "TreatMissingData", "AlarmActions")
        }  # fmt: skip
        cloudwatch.put_metric_alarm(AlarmName=name, Threshold=9, **given)
        assert described(cloud, name)["StateValue"] == "ALARM"
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="by hand")
        in_state(cloud, name, "ALARM")
    finally:
        over.set()
        thread.join()
    told = [json.loads(json.loads(queue.next()["Body"])["Message"]) for _ in range(2)]
    assert [one["NewStateValue"] for one in told] == ["ALARM", "ALARM"]


def test_a_composite_alarm_keeps_a_state_that_was_set_until_a_child_changes(
    cloud: Cloud, metric: Metric
) -> None:
    cloudwatch, child = cloud.client("cloudwatch"), metric.alarm()
    name = f"composite-{uuid.uuid4().hex[:12]}"
    cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=f"ALARM({child})")
    other = metric.alarm(MetricName="Damp")
    in_state(cloud, child, "OK")
    in_state(cloud, name, "OK")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a drill")
    metric.put(11, "Damp")
    in_state(cloud, other, "ALARM")  # alarms were evaluated
    assert described(cloud, name)["StateValue"] == "ALARM"
    metric.put(11)
    in_state(cloud, child, "ALARM")
    in_state(cloud, name, "OK")
