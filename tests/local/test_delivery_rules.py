"""Events: which rules they match, in which shape they reach whom, and where they end otherwise."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.local.conftest import Cloud, allow, eventually
from tests.local.functions import deploy
from tests.local.queues import Queue, new_queue

pytestmark = pytest.mark.local


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of a test, for events from a source of its own."""

    cloud: Cloud
    name: str
    arn: str
    bus: str

    def target(self, arn: str, **options: Any) -> None:
        self.cloud.client("events").put_targets(
            Rule=self.name, EventBusName=self.bus, Targets=[{"Id": "target", "Arn": arn} | options]
        )

    def put(self, detail: Any = None, bus: str | None = None) -> None:
        """Puts an event that it matches."""
        entry = {"Source": self.name, "DetailType": "Told", "Detail": json.dumps(detail or {})}
        self.cloud.client("events").put_events(Entries=[entry | {"EventBusName": bus or self.bus}])


def new_rule(cloud: Cloud, pattern: Any = None, bus: str = "default", **options: Any) -> Rule:
    name = f"rule-{uuid.uuid4().hex[:12]}"
    text = json.dumps({"source": [options.pop("source", name)]} | (pattern or {}))
    arn = cloud.client("events").put_rule(Name=name, EventBusName=bus, EventPattern=text)["RuleArn"]
    return Rule(cloud=cloud, name=name, arn=arn, bus=bus)


@pytest.fixture
def queue(cloud: Cloud) -> Queue:
    return new_queue(cloud)


def reach(rule: Rule, queue: Queue, **options: Any) -> None:
    queue.let_in("events.amazonaws.com", rule.arn)
    rule.target(queue.arn, **options)


def test_a_rule_takes_what_its_pattern_says(cloud: Cloud, queue: Queue) -> None:
    pattern = {"detail": {"model": [{"prefix": "kiln-"}], "size": [{"numeric": [">", 3]}]}}
    rule = new_rule(cloud, pattern)
    reach(rule, queue)
    for detail in ({"model": "mill", "size": 9}, {"model": "kiln-1", "size": 1}):
        rule.put(detail)
    rule.put({"model": "kiln-1", "size": 9})
    event = json.loads(queue.next()["Body"])
    assert event["detail"] == {"model": "kiln-1", "size": 9}
    assert (event["source"], event["detail-type"]) == (rule.name, "Told")
    assert queue.received() == []


def test_a_transformer_writes_the_input_anew(cloud: Cloud, queue: Queue) -> None:
    rule = new_rule(cloud)
    transformer = {
        "InputPathsMap": {"who": "$.detail.who", "when": "$.time"},
        "InputTemplate": '{"said": "<who> came", "when": <when>, "rule": <aws.events.rule-arn>}',
    }
    reach(rule, queue, InputTransformer=transformer)
    rule.put({"who": "Ada"})
    written = json.loads(queue.next()["Body"])
    assert (written["said"], written["rule"]) == ("Ada came", rule.arn)
    assert written["when"].endswith("Z")


def test_a_rule_starts_a_state_machine(cloud: Cloud) -> None:
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"machine-{uuid.uuid4().hex[:12]}",
        roleArn=cloud.role("states.amazonaws.com"),
        definition=json.dumps({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}),
    )["stateMachineArn"]
    rule = new_rule(cloud)
    role = cloud.role("events.amazonaws.com", allow("states:StartExecution", on=machine))
    rule.target(machine, RoleArn=role, InputPath="$.detail")
    rule.put({"order": 7})
    (execution,) = eventually(lambda: states.list_executions(stateMachineArn=machine)["executions"])
    given = states.describe_execution(executionArn=execution["executionArn"])["input"]
    assert json.loads(given) == {"order": 7}


def test_a_rule_invokes_a_function_again_when_it_fails(cloud: Cloud) -> None:
    dead = new_queue(cloud)
    function = deploy(
        cloud,
        "def handler(event, context): raise ValueError(event['detail']['why'])",
        allow("sqs:SendMessage", on=dead.arn),
        DeadLetterConfig={"TargetArn": dead.arn},
    )
    client, rule = cloud.client("lambda"), new_rule(cloud)
    client.put_function_event_invoke_config(FunctionName=function.name, MaximumRetryAttempts=0)
    client.add_permission(
        FunctionName=function.name,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule.arn,
    )
    rule.target(function.arn)
    rule.put({"why": "so"})
    message = dead.next()
    assert json.loads(message["Body"])["detail"] == {"why": "so"}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "so"


def test_a_rule_publishes_to_a_topic(cloud: Cloud, queue: Queue) -> None:
    sns, rule = cloud.client("sns"), new_rule(cloud)
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:12]}")["TopicArn"]
    statement = allow("sns:Publish", on=topic) | {"Principal": {"Service": "events.amazonaws.com"}}
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    queue.let_in("sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    rule.target(topic, Input='"plain"')
    rule.put()
    assert json.loads(queue.next()["Body"])["Message"] == '"plain"'


def test_a_rule_sends_on_to_another_bus(cloud: Cloud, queue: Queue) -> None:
    bus = cloud.client("events").create_event_bus(Name=f"bus-{uuid.uuid4().hex[:12]}")
    first = new_rule(cloud)
    name = bus["EventBusArn"].rpartition("/")[2]
    second = new_rule(cloud, bus=name, source=first.name)
    reach(second, queue)
    role = cloud.role("events.amazonaws.com", allow("events:PutEvents", on=bus["EventBusArn"]))
    first.target(bus["EventBusArn"], RoleArn=role)
    first.put({"on": True})
    assert json.loads(queue.next()["Body"])["detail"] == {"on": True}


def test_an_event_for_nobody_ends_in_the_dead_letter_queue(cloud: Cloud, queue: Queue) -> None:
    rule = new_rule(cloud)
    queue.let_in("events.amazonaws.com", rule.arn)
    gone = deploy(cloud, "def handler(event, context): pass")
    client = cloud.client("lambda")
    client.add_permission(
        FunctionName=gone.name,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )
    rule.target(gone.arn, DeadLetterConfig={"Arn": queue.arn})
    client.delete_function(FunctionName=gone.name)
    rule.put({"lost": True})
    message = queue.next()
    attributes = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"] == {"lost": True}
    assert attributes["RULE_ARN"] == rule.arn
    assert attributes["TARGET_ARN"] == gone.arn


def test_a_bucket_tells_of_its_objects(cloud: Cloud, queue: Queue) -> None:
    s3, name = cloud.client("s3"), f"bucket-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [name]}, "object": {"key": [{"prefix": "data/"}]}},
    }
    reach(new_rule(cloud, pattern, source="aws.s3"), queue)
    s3.put_object(Bucket=name, Key="other.csv", Body=b"x")
    tag = s3.put_object(Bucket=name, Key="data/first one.csv", Body=b"1,2,3")["ETag"]
    event = json.loads(queue.next()["Body"])
    detail = event["detail"]
    assert event["resources"] == [f"arn:aws:s3:::{name}"]
    assert (detail["version"], detail["reason"]) == ("0", "PutObject")
    assert detail["object"]["key"] == "data/first one.csv"
    assert detail["object"]["size"] == 5
    assert detail["object"]["etag"] == tag.strip('"')
    assert {"sequencer"} <= set(detail["object"])
    assert {"bucket", "object", "request-id", "requester", "source-ip-address"} <= set(detail)
    assert queue.received() == []
