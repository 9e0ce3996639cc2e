"""The lightweight level: a function answers behind an API with a key, and all else is the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from examples.demo import data
from examples.demo.api import Api
from examples.demo.operator import Operator
from examples.demo.stage import Stage
from terrace.names import ModelNames

pytestmark = pytest.mark.local


@pytest.fixture(scope="package")
def workshop(stage: Stage) -> Operator:
    return stage.operator("workshop")


@pytest.fixture(scope="package")
def answering(workshop: Operator, mills: dict[str, Path]) -> Operator:
    """The operator of the workshop, whose first version is approved and answers."""
    assert api(workshop).ask(workshop.model, "1,2")[0] == 503
    workshop.succeeded(workshop.train(mills["workshop"] / "training.parquet", trees=20))
    ended = workshop.decide(workshop.newest_version(), "Approved")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    return workshop


def api(operator: Operator) -> Api:
    assert operator.api
    return operator.api


def function(operator: Operator) -> str:
    names = ModelNames(tenant=operator.tenant, model=operator.model)
    return names.serving_function


def test_there_is_no_server(answering: Operator) -> None:
    sagemaker = answering.client("sagemaker")
    names = [one["EndpointName"] for one in sagemaker.list_endpoints()["Endpoints"]]
    assert answering.names.endpoint not in names


def test_the_api_wants_the_tenants_key_and_tells_what_is_wrong(
    answering: Operator, mills: dict[str, Path]
) -> None:
    row = next(data.requests(mills["workshop"], "normal", rows_each=1))
    assert api(answering).ask(answering.model, row)[0] == 200
    assert api(answering).ask(answering.model, row, key="")[0] == 403
    assert api(answering).ask("another", row)[0] == 403
    status, told = api(answering).ask(answering.model, "1,2")
    assert (status, "expected 48" in told) == (400, True)


def test_traffic_is_captured_and_checked_by_the_same_monitors(
    answering: Operator, mills: dict[str, Path]
) -> None:
    started = datetime.now(UTC) - timedelta(seconds=1)
    before = len(answering.captured_records(0))
    bodies = list(data.requests(mills["workshop"], "normal"))
    for place, body in enumerate(bodies):
        answering.invoke(body, data.inference_id("normal", place))
    records = answering.captured_records(before + len(bodies))
    assert {record["eventMetadata"].get("inferenceId") for record in records} >= {"normal-0"}
    found = answering.check("data-quality", started, datetime.now(UTC) + timedelta(minutes=1))
    assert (found["outcome"], found["version"]) == ("nothing violated", 1)
    assert found["records"] >= 5 * (len(bodies) - 1)
    drifted = datetime.now(UTC)
    for body in list(data.requests(mills["north-mill"], "drifted")):
        answering.invoke(body)
    answering.captured_records(len(records) + 1)
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert answering.check("data-quality", drifted, later)["violations"]


def test_a_second_version_is_rolled_out_by_another_version_of_the_function(
    answering: Operator, mills: dict[str, Path]
) -> None:
    functions, name = answering.client("lambda"), function(answering)
    before = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    answering.succeeded(answering.train(mills["workshop"] / "training.parquet", trees=21))
    second = answering.newest_version()
    with answering.asked_meanwhile(list(data.requests(mills["workshop"], "normal"))[:20]):
        ended = answering.decide(second, "Approved")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert answering.running_version() == second
    assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] != before
    deployments = answering.client("codedeploy").list_deployments(applicationName=name)
    assert len(deployments["deployments"]) >= 2
