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
from terrace.events import RolloutFinished
from terrace.rollouts import record_key

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


def finished(outcome: str = "deployed") -> dict[str, Any]:
    """The end of a rollout of the model."""
    detail = RolloutFinished(
        tenant="north",
        model=MODEL,
        model_package_arn="arn:any",
        version=1,
        outcome="failed" if outcome == "failed" else "deployed",
        reason="",
    )
    told = detail.model_dump(mode="json")
    return {"source": "terrace", "detail-type": "RolloutFinished", "detail": told}


def recorded(arn: str, outcome: str, *, other: str = "none", way_back: bool = False) -> None:
    """How the last rollout of a version ended, as the approval state machine records it."""
    item = {
        **record_key(arn),
        "outcome": {"S": outcome},
        "at": {"S": "2026-01-02T00:00:00.000Z"},
        "reason": {"S": "because"},
        "other": {"S": other},
        "way_back": {"BOOL": way_back},
    }
    client("dynamodb").put_item(TableName=TABLE, Item=item)


def served(cloud: Cloud, *statuses: str) -> list[str]:
    """Versions from 1 on that were all deployed, each as people have decided of it since."""
    arns = versions(cloud, *statuses)
    for arn in arns:
        recorded(arn, "deployed")
    return arns


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
    first, _, third = served(cloud, "Approved", "Rejected", "Approved")
    serve(cloud, {"ModelPackageName": third})
    assert handler(fired(), context)["outcome"].startswith("back to version 1: arn:")
    (given,) = begun()
    assert given["detail"]["ModelPackageArn"] == first
    assert given["detail"]["ModelApprovalStatus"] == "Approved"
    assert given["detail"]["WithoutShadowTest"]
    told = given["detail"]["ApprovalDescription"]
    assert told.startswith("instead of version 3: alarm north--tool-wear--errors fired 0 h")
    assert told.endswith("2 of 3 were above")


@pytest.mark.usefixtures("machine")
def test_the_same_event_again_starts_nothing_more(cloud: Cloud, context: Context) -> None:
    _, second = served(cloud, "Approved", "Approved")
    serve(cloud, {"ModelPackageName": second})
    assert handler(fired(), context) == handler(fired(), context)
    assert len(begun()) == 1


@pytest.mark.usefixtures("machine")
def test_a_version_that_has_run_for_long_stays(
    cloud: Cloud, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second = served(cloud, "Approved", "Approved")
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
    first, second, third = versions(cloud, "Approved", "Approved", "Approved")
    recorded(first, "deployed")
    recorded(second, "deployed", other=third, way_back=True)
    recorded(third, "left", other=second)
    serve(cloud, {"ModelPackageName": second})
    outcome = handler(fired(), context)["outcome"]
    assert outcome == "version 2 was gone back to from version 3"
    assert begun() == []


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("seconds", "held"), [(60, True), (-60, False)])
def test_a_rollout_that_runs_undoes_itself(
    cloud: Cloud, context: Context, seconds: int, held: bool
) -> None:
    _, second = served(cloud, "Approved", "Approved")
    serve(cloud, {"ModelPackageName": second})
    expires = {"N": str(int(time.time()) + seconds)}
    client("dynamodb").put_item(
        TableName=TABLE, Item={"model": {"S": MODEL}, "expires": expires, "owner": {"S": "e"}}
    )
    outcome = handler(fired(), context)["outcome"]
    assert (outcome == "a rollout runs, at whose end its alarms are looked at again") is held
    assert len(begun()) == int(not held)


@pytest.mark.usefixtures("machine")
def test_without_a_version_before_nothing_happens(cloud: Cloud, context: Context) -> None:
    (only,) = served(cloud, "Approved")
    assert handler(fired(), context)["outcome"] == "nothing runs"
    serve(cloud, {"ModelPackageName": only})
    assert handler(fired(), context)["outcome"] == (
        "no version before version 1 served well and is approved"
    )
    assert begun() == []


def test_an_alarm_about_something_else_than_answers_changes_nothing(
    cloud: Cloud, context: Context
) -> None:
    outcome = handler(fired("north--tool-wear--capture"), context)["outcome"]
    assert outcome == "capture undoes no rollout"


def test_an_alarm_of_something_else_is_refused(cloud: Cloud, context: Context) -> None:
    with pytest.raises(NotOwn, match=r"'other'.*<tenant>--<model>--<alarm>"):
        handler(fired("other"), context)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("outcome", ["failed", "rolled-back", "left", None])
def test_a_version_that_did_not_serve_well_is_passed_over(
    cloud: Cloud, context: Context, outcome: str | None
) -> None:
    first, second, third = served(cloud, "Approved", "Approved", "Approved")
    if outcome:
        recorded(second, outcome)
    else:
        client("dynamodb").delete_item(TableName=TABLE, Key=record_key(second))
    serve(cloud, {"ModelPackageName": third})
    assert handler(fired(), context)["outcome"].startswith("back to version 1: arn:")
    (given,) = begun()
    assert given["detail"]["ModelPackageArn"] == first


@pytest.mark.usefixtures("machine")
def test_a_newer_version_that_was_never_deployed_does_not_keep_a_failing_one(
    cloud: Cloud, context: Context
) -> None:
    _, second, third = served(cloud, "Approved", "Approved", "Approved")
    recorded(third, "rolled-back", other=second)
    serve(cloud, {"ModelPackageName": second})
    assert handler(fired(), context)["outcome"].startswith("back to version 1: arn:")


def in_alarm(state: str = "ALARM", what: str = "errors") -> None:
    """The endpoint's alarm in a state, where it goes now."""
    name = f"north--tool-wear--{what}"
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold",
    )
    client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue=state, StateReason="2 of 3 were above"
    )


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("what", ["errors", "latency"])
def test_an_alarm_that_fired_while_a_rollout_ended_is_looked_at_again(
    cloud: Cloud, context: Context, what: str
) -> None:
    first, second = served(cloud, "Approved", "Approved")
    serve(cloud, {"ModelPackageName": second})
    in_alarm(what=what)
    assert handler(finished(), context)["outcome"].startswith("back to version 1: arn:")
    (given,) = begun()
    assert given["detail"]["ModelPackageArn"] == first
    assert f"north--tool-wear--{what} fired" in given["detail"]["ApprovalDescription"]


@pytest.mark.usefixtures("machine")
def test_after_a_way_back_that_failed_the_next_version_is_tried(
    cloud: Cloud, context: Context
) -> None:
    first, second, third = served(cloud, "Approved", "Approved", "Approved")
    serve(cloud, {"ModelPackageName": third})
    in_alarm()
    recorded(second, "failed", other=third, way_back=True)
    assert handler(finished("failed"), context)["outcome"].startswith("back to version 1: arn:")
    (given,) = begun()
    assert given["detail"]["ModelPackageArn"] == first


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_after_a_rollout_without_an_alarm_nothing_happens(
    cloud: Cloud, context: Context, state: str
) -> None:
    _, second = served(cloud, "Approved", "Approved")
    assert handler(finished(), context)["outcome"] == "nothing runs"
    serve(cloud, {"ModelPackageName": second})
    in_alarm(state)
    outcome = handler(finished(), context)["outcome"]
    assert outcome == "no alarm fires because of version 2"
    assert begun() == []


@pytest.mark.usefixtures("machine")
def test_an_alarm_that_the_version_before_set_off_is_not_the_new_ones(
    cloud: Cloud, context: Context
) -> None:
    _, second = served(cloud, "Approved", "Approved")
    in_alarm()
    time.sleep(1.1)  # moto's alarms and configurations have whole seconds
    serve(cloud, {"ModelPackageName": second})
    outcome = handler(finished(), context)["outcome"]
    assert outcome == "no alarm fires because of version 2"
