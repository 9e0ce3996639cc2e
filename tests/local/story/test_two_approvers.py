"""The enterprise level: two people approve, neither of whom asked for the training."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from examples.demo import data
from examples.demo.operator import Operator, Person
from examples.demo.stage import Stage
from tests.local.faulty import pushed

pytestmark = pytest.mark.local


@pytest.fixture(scope="package")
def people(stage: Stage) -> tuple[Person, Person, Person]:
    ada, bob, carol = (stage.person(name) for name in ("ada", "bob", "carol"))
    return ada, bob, carol


@pytest.fixture(scope="package")
def asked_for_by_ada(
    south: Operator, people: tuple[Person, Person, Person], mills: dict[str, Path]
) -> str:
    """The version that Ada had trained, waiting for approval."""
    ada, *_ = people
    training = mills["south-mill"] / "training.parquet"
    south.succeeded(south.train(training, requested_by=ada.arn, trees=20))
    return south.newest_version()


def status(operator: Operator, version: str) -> str:
    package = operator.client("sagemaker").describe_model_package(ModelPackageName=version)
    return str(package["ModelApprovalStatus"])


def test_a_version_serves_once_two_others_have_approved_it(
    stage: Stage,
    south: Operator,
    people: tuple[Person, Person, Person],
    asked_for_by_ada: str,
    mills: dict[str, Path],
) -> None:
    ada, bob, carol = people
    refused = south.decide(asked_for_by_ada, "Approved", by=ada)
    assert refused["status"] == "FAILED"
    assert "who asked for its training" in refused["cause"]
    assert status(south, asked_for_by_ada) == "PendingManualApproval"

    for _ in range(2):  # the same person twice is one person
        first = south.decide(asked_for_by_ada, "Approved", by=bob)
        assert json.loads(first["output"])["outcome"] == "awaiting-approval"
        assert status(south, asked_for_by_ada) == "PendingManualApproval"
    assert bob.arn in stage.letter("south-mill", "waits for another approval")
    assert south.running_version() == "none"

    second = south.decide(asked_for_by_ada, "Approved", by=carol)
    assert second["status"] == "SUCCEEDED", second.get("cause")
    assert json.loads(second["output"])["outcome"] == "deployed"
    assert south.running_version() == asked_for_by_ada
    row = next(data.requests(mills["south-mill"], "normal", rows_each=1))
    assert south.invoke(row).startswith(("worn", "unworn"))


def test_a_rejection_takes_the_approvals_with_it(
    south: Operator,
    people: tuple[Person, Person, Person],
    asked_for_by_ada: str,
) -> None:
    _, bob, carol = people
    south.decide(asked_for_by_ada, "Rejected", by=bob)
    again = south.decide(asked_for_by_ada, "Approved", by=carol)
    outcome = json.loads(again["output"])
    # It runs already, so nothing is asked; but Bob's earlier approval is gone.
    assert outcome["outcome"] == "already-deployed"
    table = "terrace--south-mill--rollouts"
    kept = south.client("dynamodb").scan(TableName=table)["Items"]
    approvers = [item["approvers"]["SS"] for item in kept if "approvers" in item]
    assert approvers == [[carol.arn]]


def test_what_serves_and_trains_is_in_the_tenants_network(
    south: Operator, asked_for_by_ada: str
) -> None:
    sagemaker = south.client("sagemaker")
    models = [
        sagemaker.describe_model(ModelName=one["ModelName"])
        for one in sagemaker.list_models()["Models"]
        if one["ModelName"].startswith("south-mill--")
    ]
    vpcs = south.client("ec2").describe_vpcs()["Vpcs"]
    (own,) = (
        vpc
        for vpc in vpcs
        if {"Key": "terrace:tenant", "Value": "south-mill"} in vpc.get("Tags", [])
    )
    subnets = {
        subnet["SubnetId"]
        for subnet in south.client("ec2").describe_subnets()["Subnets"]
        if subnet["VpcId"] == own["VpcId"]
    }
    assert models
    for model in models:
        assert set(model["VpcConfig"]["Subnets"]) == subnets
    package = sagemaker.describe_model_package(ModelPackageName=asked_for_by_ada)
    job = sagemaker.describe_training_job(
        TrainingJobName=package["CustomerMetadataProperties"]["training_job"]
    )
    assert set(job["VpcConfig"]["Subnets"]) == subnets


def test_each_access_to_the_tenants_data_is_in_the_audit_trail(south: Operator) -> None:
    cloudtrail = south.client("cloudtrail")
    assert cloudtrail.get_trail_status(Name="terrace-audit")["IsLogging"]
    (selector,) = cloudtrail.get_event_selectors(TrailName="terrace-audit")["EventSelectors"]
    (objects,) = selector["DataResources"]
    assert objects["Values"] == [f"arn:aws:s3:::{south.bucket}/"]


def test_a_version_that_was_changed_after_its_signature_is_not_rolled_out(
    south: Operator, people: tuple[Person, ...], asked_for_by_ada: str
) -> None:
    """Also where whoever changed it wrote a checksum that fits."""
    sagemaker = south.client("sagemaker")
    package = sagemaker.describe_model_package(ModelPackageName=asked_for_by_ada)
    noted = package["CustomerMetadataProperties"] | {"baselines_uri": "s3://elsewhere"}
    kept = ("ModelPackageGroupName", "InferenceSpecification")
    forged = sagemaker.create_model_package(
        **{name: package[name] for name in kept},
        CustomerMetadataProperties=noted,
        ModelApprovalStatus="PendingManualApproval",
    )["ModelPackageArn"]
    ended = south.decide(forged, "Approved", by=people[1])
    assert ended["status"] == "FAILED"
    assert "Somebody changed the version" in ended["cause"]
    assert south.running_version() == asked_for_by_ada


@pytest.fixture(scope="package")
def rivals(
    south: Operator, asked_for_by_ada: str, mills: dict[str, Path], tmp_path_factory: Any
) -> tuple[str, str]:
    """A good candidate, and one that learned every label the wrong way round."""
    training = mills["south-mill"] / "training.parquet"
    south.succeeded(south.train(training, trees=25))
    good = south.newest_version()
    rows = pd.read_parquet(training)
    rows["tool_condition"] = rows["tool_condition"].map({"worn": "unworn", "unworn": "worn"})
    flipped = tmp_path_factory.mktemp("flipped") / "flipped.parquet"
    rows.to_parquet(flipped)
    south.succeeded(south.train(flipped, trees=25))
    return good, south.newest_version()


def decided(
    south: Operator, version: str, people: tuple[Person, ...], rows: list[str]
) -> dict[str, Any]:
    """The end of a version's rollout that two people approved, under traffic."""
    with south.asked_meanwhile(rows, each=0.05):
        for person in people:
            ended = south.decide(version, "Approved", by=person)
    return ended


def test_a_candidate_that_decides_otherwise_is_refused_by_its_shadow(
    stage: Stage,
    south: Operator,
    people: tuple[Person, ...],
    rivals: tuple[str, str],
    mills: dict[str, Path],
) -> None:
    before, (_, wrong) = south.running_version(), rivals
    rows = list(data.requests(mills["south-mill"], "normal", rows_each=1))[:80]
    ended = decided(south, wrong, people[1:], rows)
    assert (ended["status"], ended["error"]) == ("FAILED", "ShadowTestFailed"), ended["cause"]
    assert "decided otherwise; expected at most 5.0%" in ended["cause"]
    assert south.running_version() == before
    assert status(south, wrong) == "PendingManualApproval"
    assert "decided otherwise" in stage.letter(
        "south-mill", "refused by its test on live traffic", wrong
    )
    endpoint = south.client("sagemaker").describe_endpoint(EndpointName=south.names.endpoint)
    assert not endpoint.get("ShadowProductionVariants")


@pytest.fixture
def failing(stage: Stage, south: Operator, mills: dict[str, Path], tmp_path: Path) -> Iterator[str]:
    """A version, signed like any other, of an image that fails on one request in twenty."""
    ssm, name = south.client("ssm"), south.names.parameter
    value = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    told = json.loads(value)
    told["image"] = pushed(stage, told["image"], "failing", tmp_path / "source")
    ssm.put_parameter(Name=name, Value=json.dumps(told), Overwrite=True)
    try:
        south.succeeded(south.train(mills["south-mill"] / "training.parquet", trees=20))
        yield south.newest_version()
    finally:
        ssm.put_parameter(Name=name, Value=value, Overwrite=True)


def test_a_shadow_that_errors_is_refused(
    stage: Stage,
    south: Operator,
    people: tuple[Person, ...],
    failing: str,
    mills: dict[str, Path],
) -> None:
    before = south.running_version()
    rows = list(data.requests(mills["south-mill"], "normal", rows_each=1))
    ended = decided(south, failing, people[1:], rows)
    assert (ended["status"], ended["error"]) == ("FAILED", "ShadowTestFailed"), ended["cause"]
    assert "unanswered; expected at most 1.0%" in ended["cause"]
    assert south.running_version() == before
    assert "unanswered" in stage.letter(
        "south-mill", "refused by its test on live traffic", failing
    )


def test_a_candidate_that_decides_alike_is_rolled_out(
    south: Operator,
    people: tuple[Person, ...],
    rivals: tuple[str, str],
    mills: dict[str, Path],
) -> None:
    good, _ = rivals
    rows = list(data.requests(mills["south-mill"], "normal", rows_each=1))[:80]
    ended = decided(south, good, people[1:], rows)
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert south.running_version() == good
    shadowed = [key for key in south.captured() if "/Shadow/" in key]
    assert shadowed
