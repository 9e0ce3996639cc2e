"""Approval, rejection and rollback, seen through the AWS APIs."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.demo import data
from examples.demo.operator import GaveUp, Operator, waited_for
from examples.demo.stage import Stage
from tests.local.story.conftest import Trained

pytestmark = pytest.mark.local

COPIED = (
    "ModelPackageGroupName",
    "InferenceSpecification",
    "ModelMetrics",
    "DriftCheckBaselines",
    "CustomerMetadataProperties",
)


def registered_again(trained: Trained, **metadata: str) -> str:
    """Registers the version once more, with other metadata, as somebody with the API could."""
    sagemaker = trained.operator.client("sagemaker")
    package = sagemaker.describe_model_package(ModelPackageName=trained.model_package_arn)
    copied = {key: package[key] for key in COPIED}
    copied["CustomerMetadataProperties"] |= metadata
    copied["ModelApprovalStatus"] = "PendingManualApproval"
    return str(sagemaker.create_model_package(**copied)["ModelPackageArn"])


@pytest.fixture(scope="module", autouse=True)
def traffic(serving: Operator, mills: dict[str, Path]) -> Iterator[None]:
    """Somebody asks all the time, and every request is answered, whatever is rolled out."""
    with serving.asked_meanwhile(list(data.requests(mills["north-mill"], "normal"))[:20]):
        yield


def test_an_approved_version_serves(serving: Operator, first_version: Trained) -> None:
    endpoint = serving.client("sagemaker").describe_endpoint(EndpointName=serving.names.endpoint)
    assert endpoint["EndpointStatus"] == "InService"
    assert serving.running_version() == first_version.model_package_arn


def test_a_version_that_runs_already_is_approved_again_without_a_rollout(
    serving: Operator, first_version: Trained
) -> None:
    sagemaker = serving.client("sagemaker")
    before = sagemaker.describe_endpoint(EndpointName=serving.names.endpoint)
    serving.client("sagemaker").update_model_package(
        ModelPackageArn=first_version.model_package_arn, ModelApprovalStatus="Rejected"
    )
    ended = serving.decide(first_version.model_package_arn, "Approved")
    after = sagemaker.describe_endpoint(EndpointName=serving.names.endpoint)
    assert ended["status"] == "SUCCEEDED"
    assert after["LastModifiedTime"] == before["LastModifiedTime"]


def test_a_rejected_version_changes_nothing_and_subscribers_are_told(
    stage: Stage, serving: Operator, first_version: Trained
) -> None:
    before = serving.running_version()
    rejected = registered_again(first_version)
    ended = serving.decide(rejected, "Rejected")
    assert ended["status"] == "SUCCEEDED"
    assert serving.running_version() == before
    assert rejected in stage.letter("north-mill", "rejected")


def test_an_artifact_with_another_checksum_is_never_rolled_out(
    stage: Stage, serving: Operator, first_version: Trained
) -> None:
    before = serving.running_version()
    forged = registered_again(first_version, artifact_sha256="0" * 64)
    ended = serving.decide(forged, "Approved")
    assert ended["status"] == "FAILED"
    assert "0" * 64 in ended["cause"]
    assert serving.running_version() == before


def test_a_version_that_answers_otherwise_than_in_training_is_rolled_back(
    stage: Stage, serving: Operator, first_version: Trained
) -> None:
    before = serving.running_version()
    sample = _sample_with_another_answer(serving, first_version)
    wrong = registered_again(first_version, sample_uri=sample)
    ended = serving.decide(wrong, "Approved")
    assert ended["status"] == "FAILED"
    assert serving.running_version() == before
    assert wrong in stage.letter("north-mill", "rolled back")


def _sample_with_another_answer(operator: Operator, trained: Trained) -> str:
    package = operator.client("sagemaker").describe_model_package(
        ModelPackageName=trained.model_package_arn
    )
    bucket, _, key = (
        package["CustomerMetadataProperties"]["sample_uri"].removeprefix("s3://").partition("/")
    )
    s3 = operator.client("s3")
    sample = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    sample["response"] = sample["response"].replace("worn", "broken")
    other = key.replace("sample.json", "other/sample.json")
    s3.put_object(Bucket=bucket, Key=other, Body=json.dumps(sample).encode())
    return f"s3://{bucket}/{other}"


def test_two_approvals_at_once_are_applied_one_after_the_other(
    serving: Operator, first_version: Trained
) -> None:
    versions = [registered_again(first_version) for _ in range(2)]
    known = {execution["executionArn"] for execution in serving.approvals()}
    for version in versions:
        serving.client("sagemaker").update_model_package(
            ModelPackageArn=version, ModelApprovalStatus="Approved"
        )

    def both() -> list[str] | None:
        new = [arn for e in serving.approvals() if (arn := e["executionArn"]) not in known]
        return new if len(new) == len(versions) else None

    ended = [serving.ended(arn) for arn in waited_for("two approvals", both)]
    assert [execution["status"] for execution in ended] == ["SUCCEEDED", "SUCCEEDED"]
    assert serving.running_version() in versions
    events = [
        event["ResourceStatus"]
        for event in serving.client("cloudformation").describe_stack_events(
            StackName=serving.names.stack
        )["StackEvents"]
        if event["LogicalResourceId"] == serving.names.stack
    ]
    ends = ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    running = 0
    for status in reversed(events):
        running += (status == "UPDATE_IN_PROGRESS") - (status in ends)
        assert running <= 1


def test_an_approval_of_an_older_version_than_the_one_that_runs_changes_nothing(
    stage: Stage, serving: Operator, first_version: Trained
) -> None:
    before, older = serving.running_version(), first_version.model_package_arn
    assert before != older
    serving.client("sagemaker").update_model_package(
        ModelPackageArn=older, ModelApprovalStatus="Rejected"
    )
    ended = serving.decide(older, "Approved")
    assert (ended["status"], serving.running_version()) == ("SUCCEEDED", before)
    assert "terrace rollback" in stage.letter("north-mill", "is older than", older)


def test_an_artifact_holds_no_pickle(first_version: Trained) -> None:
    operator = first_version.operator
    package = operator.client("sagemaker").describe_model_package(
        ModelPackageName=first_version.model_package_arn
    )
    uri = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    artifact = operator.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(artifact)) as archive:
        assert sorted(archive.getnames()) == ["metadata.json", "model.onnx"]


def test_one_command_goes_back_to_the_approved_version_before(
    stage: Stage, serving: Operator, first_version: Trained
) -> None:
    before = serving.running_version()
    assert serving.decide(registered_again(first_version), "Approved")["status"] == "SUCCEEDED"
    assert serving.running_version() != before

    told = stage.terrace("rollback", "north-mill", "tool-wear", "--reason", "too slow")

    number = before.rpartition("/")[2]
    assert f"version {number} runs on endpoint north-mill--tool-wear" in told
    assert serving.running_version() == before
    assert "by hand: too slow" in stage.letter("north-mill", "deployed", before)


def test_an_alarm_soon_after_a_rollout_brings_the_version_before_back(
    stage: Stage, serving: Operator, first_version: Trained
) -> None:
    before = registered_again(first_version)
    assert serving.decide(before, "Approved")["status"] == "SUCCEEDED"
    after = registered_again(first_version)
    assert serving.decide(after, "Approved")["status"] == "SUCCEEDED"
    assert serving.running_version() == after

    serving.client("cloudwatch").set_alarm_state(
        AlarmName=f"{serving.names.base}--errors", StateValue="ALARM", StateReason="a drill"
    )

    # This alarm returns to its actual state at once; kinds/test_going_back has one that stays.
    waited_for("the way back", lambda: serving.running_version() == before or None)
    told = f"instead of version {after.rpartition('/')[2]}: alarm {serving.names.base}"
    letter = stage.letter("north-mill", "deployed", told)
    assert before in letter
    assert "a drill" in letter


def test_a_version_that_is_not_approved_or_runs_already_is_not_gone_back_to(
    stage: Stage, serving: Operator, first_version: Trained
) -> None:
    pending = registered_again(first_version).rpartition("/")[2]
    running = serving.running_version().rpartition("/")[2]
    for number, why in ((pending, "PendingManualApproval"), (running, "runs already"),
                        ("999", "expected one of")):  # fmt: skip
        with pytest.raises(GaveUp, match=why):
            stage.terrace("rollback", "north-mill", "tool-wear", "--to", number)


def test_the_lineage_of_what_runs_leads_back_to_the_bytes_it_was_trained_on(
    stage: Stage, serving: Operator, first_version: Trained
) -> None:
    told = json.loads(stage.terrace("lineage", "north-mill", "tool-wear", "--json"))
    assert told["version"]["arn"] == serving.running_version()
    assert told["version"]["endpoint"] == "north-mill--tool-wear"
    assert told["approval"]["status"] == "Approved"
    assert told["code"] == {"version": "demo"}
    bucket, _, key = told["data"]["uri"].removeprefix("s3://").partition("/")
    body = (
        serving.client("s3")
        .get_object(Bucket=bucket, Key=key, VersionId=told["data"]["version_id"])["Body"]
        .read()
    )
    assert hashlib.sha256(body).hexdigest() == told["data"]["sha256"]
    artifact, _, key = told["artifact"]["uri"].removeprefix("s3://").partition("/")
    body = serving.client("s3").get_object(Bucket=artifact, Key=key)["Body"].read()
    assert hashlib.sha256(body).hexdigest() == told["artifact"]["sha256"]
    assert told["parameters"]["trees"] == "30"
    assert told["training"]["job"]
