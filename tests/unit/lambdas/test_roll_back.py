"""An endpoint's alarm fires after a rollout: the version before comes back, or why not."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.common.aws import client
from lambdas.common.ownership import NotOwn
from lambdas.roll_back import handler as module
from lambdas.roll_back.handler import handler

from .conftest import APPROVAL, MODEL, Cloud, Context
from .endpoints import registered, serve

TABLE = "terrace--north--rollouts"


def fired(alarm: str = "north--tool-wear--errors") -> dict[str, Any]:
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {"alarmName": alarm, "state": {"value": "ALARM", "reason": "2 of 3 were above"}},
    }


@pytest.fixture
def machine(cloud: Cloud) -> None:
    """The approval state machine, and the table with the locks of rollouts."""
    client("stepfunctions").create_state_machine(
        name=APPROVAL.rpartition(":")[2],
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/approval",
    )
    client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "model", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "model", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def begun() -> list[dict[str, Any]]:
    """What each execution was given."""
    states = client("stepfunctions")
    found = states.list_executions(stateMachineArn=APPROVAL)["executions"]
    arns = [execution["executionArn"] for execution in found]
    return [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]


def versions(cloud: Cloud, *statuses: str) -> list[str]:
    """Versions from 1 on, each as people have decided of it."""
    cloud.deploy()
    arns = [registered(cloud) for _ in statuses]
    for arn, status in zip(arns, statuses, strict=True):
        cloud.client("sagemaker").update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus=status
        )
    return arns


@pytest.mark.usefixtures("machine")
def test_the_approved_version_before_comes_back(cloud: Cloud, context: Context) -> None:
    first, _, third = versions(cloud, "Approved", "Rejected", "Approved")
    serve(cloud, {"ModelPackageName": third})
    assert handler(fired(), context)["outcome"].startswith("back to version 1: arn:")
    (given,) = begun()
    assert given["detail"]["ModelPackageArn"] == first
    assert given["detail"]["ModelApprovalStatus"] == "Approved"
    assert given["detail"]["WithoutShadowTest"]
    told = given["detail"]["ApprovalDescription"]
    assert told.startswith("rolled back from version 3: alarm north--tool-wear--errors fired 0 h")
    assert told.endswith("2 of 3 were above")


@pytest.mark.usefixtures("machine")
def test_the_same_event_again_starts_nothing_more(cloud: Cloud, context: Context) -> None:
    _, second = versions(cloud, "Approved", "Approved")
    serve(cloud, {"ModelPackageName": second})
    assert handler(fired(), context) == handler(fired(), context)
    assert len(begun()) == 1


@pytest.mark.usefixtures("machine")
def test_a_version_that_has_run_for_long_stays(
    cloud: Cloud, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second = versions(cloud, "Approved", "Approved")
    serve(cloud, {"ModelPackageName": second})

    class Later(datetime):
        @classmethod
        def now(cls, _tz: Any = None) -> datetime:
            return datetime.now(UTC) + timedelta(hours=25)

    monkeypatch.setattr(module, "datetime", Later)
    assert "version 2 has run for 1 day" in handler(fired(), context)["outcome"]
    assert begun() == []


@pytest.mark.usefixtures("machine")
def test_what_was_gone_back_to_is_not_gone_back_from(cloud: Cloud, context: Context) -> None:
    _, second, _ = versions(cloud, "Approved", "Approved", "Approved")
    serve(cloud, {"ModelPackageName": second})
    outcome = handler(fired(), context)["outcome"]
    assert outcome == "version 2 was gone back to from version 3"
    assert begun() == []


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("seconds", "held"), [(60, True), (-60, False)])
def test_a_rollout_that_runs_undoes_itself(
    cloud: Cloud, context: Context, seconds: int, held: bool
) -> None:
    _, second = versions(cloud, "Approved", "Approved")
    serve(cloud, {"ModelPackageName": second})
    expires = {"N": str(int(time.time()) + seconds)}
    client("dynamodb").put_item(
        TableName=TABLE, Item={"model": {"S": MODEL}, "expires": expires, "owner": {"S": "e"}}
    )
    outcome = handler(fired(), context)["outcome"]
    assert (outcome == "a rollout runs, which its own alarms undo") is held
    assert len(begun()) == int(not held)


@pytest.mark.usefixtures("machine")
def test_without_a_version_before_nothing_happens(cloud: Cloud, context: Context) -> None:
    (only,) = versions(cloud, "Approved")
    assert handler(fired(), context)["outcome"] == "nothing runs"
    serve(cloud, {"ModelPackageName": only})
    assert handler(fired(), context)["outcome"] == "no approved version is before version 1"
    assert begun() == []


def test_an_alarm_about_something_else_than_answers_changes_nothing(
    cloud: Cloud, context: Context
) -> None:
    outcome = handler(fired("north--tool-wear--capture"), context)["outcome"]
    assert outcome == "capture undoes no rollout"


def test_an_alarm_of_something_else_is_refused(cloud: Cloud, context: Context) -> None:
    with pytest.raises(NotOwn, match=r"'other'.*<tenant>--<model>--<alarm>"):
        handler(fired("other"), context)
