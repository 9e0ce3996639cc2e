"""Rules with a schedule and schedules of EventBridge Scheduler: when they fire, what they call."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud import lifecycle
from tests.local.conftest import CLOCK_SPEED, Cloud, allow, eventually
from tests.local.functions import deploy
from tests.local.queues import Queue, new_queue

pytestmark = pytest.mark.local


@pytest.fixture(autouse=True, scope="module")
def _fast(cloud: Cloud) -> Iterator[None]:
    """A minute takes a quarter of a second."""
    lifecycle.set_speed(240, cloud.folder)
    yield
    lifecycle.set_speed(CLOCK_SPEED, cloud.folder)


def schedule(cloud: Cloud, expression: str, target: dict[str, Any], **options: Any) -> str:
    """A new schedule; its name."""
    name = f"schedule-{uuid.uuid4().hex[:12]}"
    cloud.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
        **options,
    )
    return name


def role(cloud: Cloud, *actions: str) -> str:
    return cloud.role("scheduler.amazonaws.com", *([allow(*actions)] if actions else []))


def test_a_schedule_fires_at_its_rate_with_the_context_in_its_input(cloud: Cloud) -> None:
    queue = new_queue(cloud)
    given = {
        "time": "<aws.scheduler.scheduled-time>",
        "arn": "<aws.scheduler.schedule-arn>",
        "attempt": "<aws.scheduler.attempt-number>",
        "execution": "<aws.scheduler.execution-id>",
    }
    target = {
        "Arn": queue.arn,
        "RoleArn": role(cloud, "sqs:SendMessage"),
        "Input": json.dumps(given),
    }
    before = datetime.now(UTC) - timedelta(seconds=1)
    name = schedule(cloud, "rate(1 minute)", target)
    first, second = (json.loads(queue.next()["Body"]) for _ in range(2))
    times = [datetime.fromisoformat(one["time"]) for one in (first, second)]
    assert before < times[0] <= times[1] <= datetime.now(UTC)
    assert first["arn"].endswith(f":schedule/default/{name}")
    assert first["attempt"] == "1"
    assert first["execution"] != second["execution"]


def test_a_schedule_invokes_a_function(cloud: Cloud) -> None:
    function = deploy(cloud, "def handler(event, context): print('fired by', event['detail-type'])")
    target = {"Arn": function.arn, "RoleArn": role(cloud, "lambda:InvokeFunction")}
    schedule(cloud, "rate(1 minute)", target)
    assert function.logged("fired by") == "fired by Scheduled Event"


def test_a_schedule_calls_any_api_by_its_name(cloud: Cloud) -> None:
    name = f"/schedules/{uuid.uuid4().hex}"
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:ssm:putParameter",
        "RoleArn": role(cloud, "ssm:PutParameter"),
        "Input": json.dumps({"Name": name, "Value": "on", "Type": "String", "Overwrite": True}),
    }
    schedule(cloud, "rate(1 minute)", target)
    ssm = cloud.client("ssm")
    assert eventually(lambda: ssm.get_parameters(Names=[name])["Parameters"])


def test_a_schedule_for_one_time_fires_once_and_goes(cloud: Cloud) -> None:
    queue = new_queue(cloud)
    soon = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S")
    target = {"Arn": queue.arn, "RoleArn": role(cloud, "sqs:SendMessage"), "Input": "once"}
    name = schedule(cloud, f"at({soon})", target, ActionAfterCompletion="DELETE")
    assert queue.next()["Body"] == "once"
    names = [one["Name"] for one in cloud.client("scheduler").list_schedules()["Schedules"]]
    assert name not in names
    assert queue.received() == []


def test_a_schedule_whose_role_may_not_call_its_target_fills_the_dead_letter_queue(
    cloud: Cloud,
) -> None:
    queue, dead = new_queue(cloud), new_queue(cloud)
    may_bury = cloud.role("scheduler.amazonaws.com", allow("sqs:SendMessage", on=dead.arn))
    target = {
        "Arn": queue.arn,
        "RoleArn": may_bury,
        "Input": "lost",
        "DeadLetterConfig": {"Arn": dead.arn},
    }
    schedule(cloud, "rate(1 minute)", target)
    message = dead.next()
    attributes = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
    assert message["Body"] == "lost"
    assert "AccessDenied" in attributes["ERROR_CODE"]
    assert attributes["TARGET_ARN"] == queue.arn
    assert attributes["RETRY_ATTEMPTS"] == "0"
    assert queue.received() == []


def test_a_disabled_schedule_does_not_fire(cloud: Cloud) -> None:
    off, on = new_queue(cloud), new_queue(cloud)
    role_arn = role(cloud, "sqs:SendMessage")
    schedule(cloud, "rate(1 minute)", {"Arn": off.arn, "RoleArn": role_arn}, State="DISABLED")
    schedule(cloud, "rate(1 minute)", {"Arn": on.arn, "RoleArn": role_arn})
    on.next()
    on.next()
    assert off.received() == []


def rule(cloud: Cloud, expression: str, queue: Queue) -> str:
    """A new rule with a schedule that sends to a queue; its ARN."""
    events, name = cloud.client("events"), f"rule-{uuid.uuid4().hex[:12]}"
    arn = str(events.put_rule(Name=name, ScheduleExpression=expression)["RuleArn"])
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue.arn}])
    return arn


@pytest.mark.parametrize("expression", ["rate(1 minute)", "cron(* * * * ? *)"])
def test_a_rule_with_a_schedule_fires(cloud: Cloud, expression: str) -> None:
    queue = new_queue(cloud)
    arn = rule(cloud, expression, queue)
    queue.let_in("events.amazonaws.com", arn)
    event = json.loads(queue.next()["Body"])
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    assert event["resources"] == [arn]


def test_a_rule_with_a_schedule_that_a_stack_made_fires(cloud: Cloud) -> None:
    queue, name = new_queue(cloud), f"rule-{uuid.uuid4().hex[:12]}"
    properties = {
        "Name": name,
        "ScheduleExpression": "rate(1 minute)",
        "Targets": [{"Id": "queue", "Arn": queue.arn}],
    }
    template = {"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": properties}}}
    cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    arn = cloud.client("events").describe_rule(Name=name)["Arn"]
    queue.let_in("events.amazonaws.com", arn)
    assert json.loads(queue.next()["Body"])["resources"] == [arn]


def test_a_rule_that_the_queue_does_not_let_in_delivers_nothing(cloud: Cloud) -> None:
    closed, open_ = new_queue(cloud), new_queue(cloud)
    rule(cloud, "rate(1 minute)", closed)
    open_.let_in("events.amazonaws.com", rule(cloud, "rate(1 minute)", open_))
    open_.next()
    open_.next()
    assert closed.received() == []


def test_a_schedule_needs_the_right_to_pass_its_role(cloud: Cloud) -> None:
    queue = new_queue(cloud)
    anybody = cloud.user(allow("scheduler:*"))
    with pytest.raises(Exception, match="iam:PassRole"):
        cloud.client("scheduler", **anybody).create_schedule(
            Name=f"schedule-{uuid.uuid4().hex[:12]}",
            ScheduleExpression="rate(1 minute)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": queue.arn, "RoleArn": role(cloud)},
        )
