"""Trainings that begin by themselves, on what the events bring."""

import json
from typing import Any

import pytest

from lambdas.common.aws import client
from lambdas.retrain.handler import handler
from lambdas.retrain.memory import Memory, Overtaken
from lambdas.retrain.occasions import UnknownOccasion
from terrace.retraining import Trainings

from .conftest import BUCKET, MODEL, TENANT, TRAINING, Cloud, Context

RULES = {"on_violations_of": ["data-quality"], "on_new_data": True, "schedule": "rate(7 days)"}
VIOLATED = {
    "source": "terrace",
    "detail-type": "ViolationsFound",
    "detail": {
        "tenant": TENANT,
        "model": MODEL,
        "monitor": "data-quality",
        "version": 3,
        "violation_count": 2,
        "report": "s3://b/report.json",
    },
}


def uploaded(key: str) -> dict[str, Any]:
    return {"source": "aws.s3", "detail": {"bucket": {"name": BUCKET}, "object": {"key": key}}}


@pytest.fixture
def machine(cloud: Cloud) -> None:
    """The training state machine, and the table that trainings are remembered in."""
    client("stepfunctions").create_state_machine(
        name=TRAINING.rpartition(":")[2],
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/training",
    )
    client("dynamodb").create_table(
        TableName="terrace--north--rollouts",
        KeySchema=[{"AttributeName": "model", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "model", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def begun() -> list[dict[str, Any]]:
    """What each training was given."""
    states = client("stepfunctions")
    found = states.list_executions(stateMachineArn=TRAINING)["executions"]
    arns = [execution["executionArn"] for execution in found]
    return [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("event", "reason"), [
    (VIOLATED, "data-quality found 2 violations of version 3, s3://b/report.json"),
    (uploaded("tool-wear/training/data/new.parquet"), "new data in tool-wear/training/data/new"),
    (uploaded("tool-wear/training/data/NEW.CSV"), "new data in tool-wear/training/data/NEW.CSV"),
    ({"scheduled": MODEL}, "its schedule"),
])  # fmt: skip
def test_each_occasion_begins_a_training_with_its_reason(
    cloud: Cloud, context: Context, event: dict[str, Any], reason: str
) -> None:
    cloud.deploy(retraining=RULES)
    answer = handler(event, context)
    assert answer[MODEL].startswith("began: arn:")
    (given,) = begun()
    assert given["model"] == MODEL
    assert given["code_version"] == "image abc"
    assert given["reason"].startswith(reason)


@pytest.mark.usefixtures("machine")
def test_what_the_settings_do_not_want_begins_none(cloud: Cloud, context: Context) -> None:
    cloud.deploy(retraining={"schedule": "rate(7 days)"})
    assert handler(VIOLATED, context) == {}
    assert handler(uploaded("tool-wear/training/data/new.parquet"), context) == {}
    cloud.deploy(retraining=RULES)
    assert handler(uploaded("tool-wear/training/data/notes.txt"), context) == {}
    cloud.deploy()
    assert handler({"scheduled": MODEL}, context) == {MODEL: "is not trained by itself"}
    assert begun() == []


@pytest.mark.usefixtures("machine")
def test_what_waits_begins_once_its_time_has_come(cloud: Cloud, context: Context) -> None:
    cloud.deploy(retraining=RULES)
    assert handler({"waiting": [MODEL]}, context) == {MODEL: "nothing waits"}
    handler({"scheduled": MODEL}, context)
    assert handler(VIOLATED, context)[MODEL].startswith("waits: the last one began at")
    assert handler({"waiting": [MODEL]}, context)[MODEL].startswith("waits:")
    cloud.deploy(retraining=RULES | {"cool_down_hours": 0})
    another = Context(aws_request_id="request-2")
    assert handler({"waiting": [MODEL]}, another)[MODEL].startswith("began:")
    assert {given["reason"].split(",")[0] for given in begun()} == {
        "its schedule", "data-quality found 2 violations of version 3",
    }  # fmt: skip


@pytest.mark.usefixtures("machine")
def test_of_two_that_write_at_once_one_is_told() -> None:
    memory = Memory(tenant=TENANT, model=MODEL)
    trainings, revision = memory.read()
    memory.write(Trainings(waiting="one"), revision)
    with pytest.raises(Overtaken):
        memory.write(trainings, revision)
    assert memory.read() == (Trainings(waiting="one"), 1)


def test_an_event_that_was_not_meant_is_an_error(cloud: Cloud, context: Context) -> None:
    with pytest.raises(UnknownOccasion, match="expected a ViolationsFound"):
        handler({"source": "aws.ec2"}, context)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("folder", ["no-such-model", "old/copies of", "Archive", ""])
def test_training_data_in_a_folder_of_no_model_starts_nothing(folder: str) -> None:
    assert handler(uploaded(f"{folder}/training/data/rows.csv"), Context()) == {}
    assert begun() == []
