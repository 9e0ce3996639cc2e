"""From a training set to a version that waits for approval, and what never gets that far."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from examples.demo.operator import Operator
from examples.demo.stage import Stage
from tests.local.story.conftest import Trained

pytestmark = pytest.mark.local


def test_an_endpoint_invoked_before_the_first_approval_says_that_there_is_none(
    south: Operator,
) -> None:
    with pytest.raises(south.client("sagemaker-runtime").exceptions.ClientError) as refused:
        south.invoke("1,2,3")
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert "south-mill--tool-wear" in refused.value.response["Error"]["Message"]


def test_deploying_again_without_a_change_changes_nothing(stage: Stage) -> None:
    printed = stage.cdk("deploy", "--all", "--require-approval", "never")
    assert printed.count("(no changes)") == len(stage.cdk("list").split())


def test_a_trained_version_waits_for_approval_with_metrics_baseline_and_lineage(
    first_version: Trained,
) -> None:
    package = first_version.package
    lineage = package["CustomerMetadataProperties"]
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert set(package["ModelMetrics"]) >= {"ModelQuality", "ModelDataQuality"}
    assert "ModelDataQuality" in package["DriftCheckBaselines"]
    assert {"artifact_sha256", "code_version", "data_sha256"} <= set(lineage)


def test_the_checksum_in_the_registry_is_that_of_the_artifact(first_version: Trained) -> None:
    operator, package = first_version.operator, first_version.package
    uri = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    artifact = operator.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    expected = package["CustomerMetadataProperties"]["artifact_sha256"]
    assert hashlib.sha256(artifact).hexdigest() == expected


def test_approvers_are_told_of_a_registered_version_and_how_to_approve_it(
    stage: Stage, first_version: Trained
) -> None:
    letter = stage.letter("north-mill", "approv", first_version.model_package_arn)
    assert first_version.model_package_arn in letter
    assert "update-model-package" in letter


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("no-label", "tool_condition"),
        ("empty", "empty"),
        ("truncated", "Parquet"),
    ],
)
def test_a_training_set_that_cannot_be_used_fails_with_a_clear_error(
    south: Operator, mills: dict[str, Path], tmp_path: Path, broken: str, told: str
) -> None:
    whole = mills["south-mill"] / "training.parquet"
    path = tmp_path / f"{broken}.parquet"
    if broken == "no-label":
        pd.read_parquet(whole).drop(columns="tool_condition").to_parquet(path)
    elif broken == "empty":
        path.touch()
    else:
        path.write_bytes(whole.read_bytes()[:5000])
    ended = south.ended(south.train(path))
    assert ended["status"] == "FAILED"
    assert told.lower() in ended["cause"].lower()
    assert path.name in ended["cause"]


def test_a_candidate_with_another_input_schema_never_becomes_a_version(
    south: Operator, mills: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "fewer.parquet"
    whole = pd.read_parquet(mills["south-mill"] / "training.parquet")
    whole.drop(columns="Z1_ActualPosition").to_parquet(path)
    ended = south.ended(south.train(path))
    assert ended["status"] == "FAILED"
    assert "missing columns: Z1_ActualPosition" in ended["cause"]
    group = south.names.model_package_group
    listed = south.client("sagemaker").list_model_packages(ModelPackageGroupName=group)
    assert listed["ModelPackageSummaryList"] == []


def test_the_gate_refuses_a_version_in_words_and_registers_nothing(
    south: Operator, mills: dict[str, Path]
) -> None:
    ended = south.ended(south.train(mills["south-mill"] / "training.parquet", trees=1, max_depth=1))
    group = south.names.model_package_group
    registered = south.client("sagemaker").list_model_packages(ModelPackageGroupName=group)
    assert (ended["status"], ended["error"]) == ("FAILED", "GateRefused")
    assert "random" in ended["cause"]
    assert registered["ModelPackageSummaryList"] == []


def test_a_permission_that_is_missing_fails_the_training_in_iams_own_words(
    stage: Stage, north: Operator, mills: dict[str, Path]
) -> None:
    """The templates' policies are not only sufficient: without one of them nothing works."""
    iam = stage.client("iam")
    role = next(
        role["RoleName"]
        for page in iam.get_paginator("list_roles").paginate()
        for role in page["Roles"]
        if "north-mill" in role["RoleName"] and "TrainingRole" in role["RoleName"]
    )
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    forbidden = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    poorer = policy | {"Statement": [*policy["Statement"], forbidden]}
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(poorer))
    try:
        ended = north.ended(north.train(mills["north-mill"] / "training.parquet", trees=20))
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
    assert ended["status"] == "FAILED"
    assert "denied" in ended["cause"].lower() or "forbidden" in ended["cause"].lower()
