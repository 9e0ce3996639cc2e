"""A tenant's stack: what is kept, what is told to whom, what starts by itself."""

import json
from pathlib import Path

import pytest

from lambdas.emptier.handler import TAG as LOOKED_FOR
from terrace.quotas import NEEDED
from terrace.settings import Settings
from tests.stacks.conftest import Assembly, Resource, synthesized, text

STACK = "terrace--north-mill"


def rules(assembly: Assembly, stack: str) -> dict[str, Resource]:
    return assembly.resources(stack, "AWS::Events::Rule")


def test_data_is_kept_unless_the_file_says_otherwise(
    shipped: Assembly, production: Assembly
) -> None:
    def policies(assembly: Assembly, stack: str) -> set[str]:
        resources = assembly.template(stack)["Resources"].values()
        kept = ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SageMaker::ModelPackageGroup")
        return {part.get("DeletionPolicy", "Delete") for part in resources if part["Type"] in kept}

    assert policies(production, "terrace--a") == {"RetainExceptOnCreate"}
    assert policies(production, "terrace--platform") == {"RetainExceptOnCreate"}
    assert policies(shipped, STACK) == {"Delete"}


def test_only_what_goes_is_emptied(shipped: Assembly, production: Assembly) -> None:
    kind = "Custom::EmptyBucket"
    assert len(shipped.resources(STACK, kind)) == 1
    assert len(shipped.resources("terrace--platform", kind)) == 3  # logs, artifacts, the trail
    assert len(shipped.resources(STACK, "Custom::EmptyModelPackageGroup")) == 1
    assert production.resources("terrace--a", kind) == {}
    assert production.resources("terrace--a", "Custom::EmptyModelPackageGroup") == {}
    assert production.resources("terrace--platform", kind) == {}


def test_what_is_emptied_has_the_tag_that_the_function_looks_for(shipped: Assembly) -> None:
    data = shipped.one(STACK, "AWS::S3::Bucket")
    assert LOOKED_FOR in data["Tags"]
    group = shipped.one(STACK, "AWS::SageMaker::ModelPackageGroup")
    assert LOOKED_FOR in group["Tags"]


def test_every_bucket_tells_who_used_it_but_the_one_that_is_told(shipped: Assembly) -> None:
    data = shipped.one(STACK, "AWS::S3::Bucket")
    assert data["LoggingConfiguration"]["LogFilePrefix"]
    buckets = shipped.resources("terrace--platform", "AWS::S3::Bucket").values()
    assert sum("LoggingConfiguration" in bucket for bucket in buckets) == len(buckets) - 1


def test_s3_tells_eventbridge_and_forgets_captured_traffic(shipped: Assembly) -> None:
    bucket = shipped.one(STACK, "AWS::S3::Bucket")
    assert bucket["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }
    expired = {
        rule["Prefix"]: rule["ExpirationInDays"]
        for rule in bucket["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    }
    assert expired == {"tool-wear/capture/": 90}


def test_each_monitor_that_is_on_has_a_schedule(production: Assembly) -> None:
    schedules = production.resources("terrace--a", "AWS::Scheduler::Schedule").values()
    assert sorted(one["Name"] for one in schedules) == ["b-c--data-quality", "b-c--model-quality"]
    (schedule,) = [one for one in schedules if one["Name"] == "b-c--data-quality"]
    assert schedule["ScheduleExpression"] == "rate(1 hour)"
    assert json.loads(schedule["Target"]["Input"]) == {
        "model": "b-c",
        "monitor": "data-quality",
        "time": "<aws.scheduler.scheduled-time>",
    }


def test_decisions_about_the_tenants_own_models_start_the_approval(shipped: Assembly) -> None:
    (rule,) = (
        rule
        for rule in rules(shipped, STACK).values()
        if rule.get("EventPattern", {}).get("source") == ["aws.sagemaker"]
    )
    assert "EventBusName" not in rule
    assert rule["EventPattern"]["detail"] == {
        "ModelPackageGroupName": [{"prefix": "north-mill--"}],
        "ModelPackageStatus": ["Completed"],
        "ModelApprovalStatus": ["Approved", "Rejected"],
    }
    (target,) = rule["Targets"]
    assert text(target["Arn"]).startswith("<PipelinesApprovalStateMachine")
    assert target["DeadLetterConfig"]


def test_every_event_reaches_the_subscribers_and_the_operators(shipped: Assembly) -> None:
    targets = {
        text(target["Arn"])
        for rule in rules(shipped, STACK).values()
        if len(rule.get("EventPattern", {}).get("detail-type", ())) > 1
        for target in rule["Targets"]
    }
    subscribers, operators = sorted(targets, key=lambda target: "platform" in target)
    assert subscribers.startswith("<Functionsnotify")
    assert operators.startswith("<terrace--platform:")


def test_trainings_begin_by_themselves_on_what_the_file_says(
    shipped: Assembly, tmp_path: Path
) -> None:
    retraining = {
        "schedule": "rate(7 days)",
        "on_new_data": True,
        "on_violations_of": ["data-quality"],
    }
    model = {"name": "wear", "source": "examples/cnc-mill", "label": "y", "retraining": retraining}
    told = {"tenants": [{"name": "north", "models": [model]}]}
    found = rules(synthesized(Settings.model_validate(told), tmp_path), "terrace--north")
    by = {rule["Description"].partition(" by ")[2]: rule for rule in found.values()}
    assert by["violations"]["EventPattern"]["detail-type"] == ["ViolationsFound"]
    assert by["violations"]["EventBusName"]
    created = by["new data"]["EventPattern"]
    assert created["detail"]["object"] == {"key": [{"wildcard": "*/training/data/*"}]}
    assert created["detail"]["bucket"]["name"]
    assert by["the schedule of wear"]["ScheduleExpression"] == "rate(7 days)"
    inputs = [by[name]["Targets"][0]["Input"] for name in ("the schedule of wear", "what waits")]
    assert list(map(json.loads, inputs)) == [{"scheduled": "wear"}, {"waiting": ["wear"]}]
    south = rules(shipped, "terrace--south-mill")
    assert not [rule for rule in south.values() if "trainings" in rule["Description"]]


@pytest.mark.parametrize(("stack", "endpoint"), [
    ("terrace--north-mill", "north-mill@example.com"),
    ("terrace--platform", "operators@example.com"),
])  # fmt: skip
def test_subscriptions_are_those_of_the_file(shipped: Assembly, stack: str, endpoint: str) -> None:
    subscription = shipped.one(stack, "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", endpoint)


def test_what_fails_unseen_raises_an_alarm_with_the_tenant_and_the_operators(
    shipped: Assembly,
) -> None:
    alarms = shipped.resources(STACK, "AWS::CloudWatch::Alarm").values()
    assert sorted(alarm["AlarmName"].split("--")[2] for alarm in alarms) == [
        "approval-timed-out", "monitor-dead-letters", "monitor-errors", "monitoring-timed-out",
        "notify-dead-letters", "notify-errors", "retrain-dead-letters", "retrain-errors",
        "roll-back-dead-letters", "roll-back-errors", "training-timed-out", "undelivered",
    ]  # fmt: skip
    assert {len(alarm["AlarmActions"]) for alarm in alarms} == {2}


def test_the_state_machines_log_everything_and_trace(shipped: Assembly) -> None:
    machines = shipped.resources(STACK, "AWS::StepFunctions::StateMachine").values()
    assert {machine["StateMachineName"] for machine in machines} == {
        "terrace--north-mill--training",
        "terrace--north-mill--approval",
        "terrace--north-mill--monitoring",
    }
    for machine in machines:
        assert machine["LoggingConfiguration"]["Level"] == "ALL"
        assert machine["TracingConfiguration"] == {"Enabled": True}


def test_locks_go_away_by_themselves(shipped: Assembly) -> None:
    table = shipped.one(STACK, "AWS::DynamoDB::Table")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["KeySchema"] == [{"AttributeName": "model", "KeyType": "HASH"}]


def test_the_dashboard_shows_each_model(production: Assembly) -> None:
    body = text(production.one("terrace--a", "AWS::CloudWatch::Dashboard")["DashboardBody"])
    assert "a--b-c" in body
    assert "a--quiet" in body


def test_what_tenants_need_of_what_is_limited_is_known(
    shipped: Assembly, production: Assembly
) -> None:
    kinds = {
        "iam_roles": "AWS::IAM::Role",
        "event_buses": "AWS::Events::EventBus",
        "schedule_groups": "AWS::Scheduler::ScheduleGroup",
    }
    for name, kind in kinds.items():
        needed = NEEDED[name]
        assert len(shipped.resources(STACK, kind)) == needed.of_tenant
        networked = len(shipped.resources("terrace--south-mill", kind))
        assert networked <= needed.of_tenant + needed.of_network
        serving = len(shipped.resources("terrace--workshop", kind))
        # It has no retraining, which needs a role of its own.
        assert serving <= needed.of_tenant + needed.of_serving
        more = needed.of_spark + needed.of_ab_test + needed.of_mlflow
        assert len(production.resources("terrace--a", kind)) <= needed.of_tenant + more
        linked = needed.of_links + needed.of_serving + needed.of_asynchronous
        assert len(production.resources("terrace--a-b", kind)) <= needed.of_tenant + linked
        for assembly in (shipped, production):
            there = len(assembly.resources("terrace--platform", kind))
            assert there <= NEEDED[name].of_platform
        assert not shipped.resources(f"{STACK}--tool-wear", kind)
