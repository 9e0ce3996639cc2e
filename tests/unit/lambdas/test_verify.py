import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from lambdas.common.aws import client
from lambdas.common.objects import ObjectRefused
from lambdas.common.registry import ChecksumMismatch, VersionRefused
from lambdas.verify.handler import EndpointStackMissing, handler

from .conftest import BUCKET, IMAGE, Cloud, Context

ARTIFACT = b"model"
SAMPLE = f"s3://{BUCKET}/tool-wear/evaluations/0/sample.json"
NOTED = {"artifact_sha256": hashlib.sha256(ARTIFACT).hexdigest(), "sample_uri": SAMPLE}
STACK = "terrace--north--tool-wear"


@pytest.fixture
def cloudformation(cloud: Cloud) -> Iterator[Stubber]:
    """CloudFormation's answers are scripted: moto's would need packages that nothing else does."""
    with Stubber(client("cloudformation")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture(autouse=True)
def deployed(cloud: Cloud) -> None:
    cloud.deploy()


def registered(
    cloud: Cloud, *, group: str = "north--tool-wear", noted: Mapping[str, str] = NOTED
) -> str:
    sagemaker = cloud.client("sagemaker")
    if not sagemaker.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]:
        sagemaker.create_model_package_group(ModelPackageGroupName=group)
    url = cloud.put("tool-wear/training/jobs/j/output/model.tar.gz", ARTIFACT)
    answer = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": url}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        CustomerMetadataProperties=dict(noted),
        ModelApprovalStatus="Approved",
    )
    return str(answer["ModelPackageArn"])


def runs(cloudformation: Stubber, **parameters: str) -> None:
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    found = {
        "StackName": STACK,
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
        "StackStatus": "UPDATE_COMPLETE",
        "Parameters": given,
    }
    cloudformation.add_response("describe_stacks", {"Stacks": [found]}, {"StackName": STACK})


def verified(arn: str, context: Context) -> dict[str, Any]:
    return handler({"model_package_arn": arn}, context)


def test_the_first_version_goes_to_a_stack_that_runs_none(
    cloud: Cloud, context: Context, cloudformation: Stubber
) -> None:
    arn = registered(cloud)
    runs(cloudformation, ModelPackageArn="none")

    assert verified(arn, context) == {
        "model": "tool-wear",
        "tenant": "north",
        "version": 1,
        "stack_name": "terrace--north--tool-wear",
        "endpoint_name": "north--tool-wear",
        "current_model_package_arn": "none",
        "already_deployed": False,
        "older": False,
        "enough_approvals": True,
        "approvals": "approved by unknown: 1 of 1 people who must approve it",
        "sample_uri": SAMPLE,
        "has_canary": False,
        "has_shadow": False,
        "has_ab_test": False,
        "looks": 0,
        "look_seconds": 0,
        "split": False,
        "shadow_seconds": 0,
        "reason": "version 1 is the first on endpoint north--tool-wear",
    }


def test_a_version_that_runs_already_is_recognised(
    cloud: Cloud, context: Context, cloudformation: Stubber
) -> None:
    arn = registered(cloud)
    runs(cloudformation, ModelPackageArn=arn)

    answer = verified(arn, context)

    assert answer["already_deployed"]
    assert answer["reason"] == "version 1 already runs on endpoint north--tool-wear"


def test_a_newer_version_names_the_one_it_replaces(
    cloud: Cloud, context: Context, cloudformation: Stubber
) -> None:
    first, second = registered(cloud), registered(cloud)
    runs(cloudformation, ModelPackageArn=first)

    answer = verified(second, context)

    assert answer["current_model_package_arn"] == first
    assert not answer["already_deployed"]
    assert not answer["older"]
    assert answer["reason"] == "version 2 replaces version 1 on endpoint north--tool-wear"


def test_an_older_version_than_the_one_that_runs_is_recognised(
    cloud: Cloud, context: Context, cloudformation: Stubber
) -> None:
    first, second = registered(cloud), registered(cloud)
    runs(cloudformation, ModelPackageArn=second)
    assert verified(first, context)["older"]


def test_a_changed_artifact_is_refused_with_both_checksums(cloud: Cloud, context: Context) -> None:
    arn = registered(cloud)
    cloud.put("tool-wear/training/jobs/j/output/model.tar.gz", b"another")

    with pytest.raises(ChecksumMismatch) as caught:
        verified(arn, context)

    assert hashlib.sha256(ARTIFACT).hexdigest() in str(caught.value)
    assert hashlib.sha256(b"another").hexdigest() in str(caught.value)


def test_a_deleted_artifact_is_told(cloud: Cloud, context: Context) -> None:
    arn = registered(cloud)
    cloud.client("s3").delete_object(
        Bucket=BUCKET, Key="tool-wear/training/jobs/j/output/model.tar.gz"
    )
    with pytest.raises(ObjectRefused, match=r"model\.tar\.gz does not exist"):
        verified(arn, context)


def test_a_version_of_another_tenant_is_refused(cloud: Cloud, context: Context) -> None:
    arn = registered(cloud, group="south--tool-wear")
    with pytest.raises(VersionRefused, match="tenant 'south'; expected one of tenant 'north'"):
        verified(arn, context)


def test_a_version_of_a_group_that_is_not_ours_is_refused(cloud: Cloud, context: Context) -> None:
    arn = registered(cloud, group="somebodys-models")
    with pytest.raises(VersionRefused, match="expected <tenant>--<model>"):
        verified(arn, context)


def test_a_version_registered_by_hand_without_checksum_is_refused(
    cloud: Cloud, context: Context
) -> None:
    arn = registered(cloud, noted={"sample_uri": SAMPLE})
    with pytest.raises(VersionRefused, match=r"no artifact_sha256 .* sample_uri"):
        verified(arn, context)


def test_a_stack_that_is_not_there_is_told(
    cloud: Cloud, context: Context, cloudformation: Stubber
) -> None:
    arn = registered(cloud)
    cloudformation.add_client_error(
        "describe_stacks", "ValidationError", f"Stack with id {STACK} does not exist"
    )
    with pytest.raises(EndpointStackMissing, match="'terrace--north--tool-wear' does not exist"):
        verified(arn, context)


def test_a_stack_that_takes_no_version_is_told(
    cloud: Cloud, context: Context, cloudformation: Stubber
) -> None:
    arn = registered(cloud)
    runs(cloudformation, Other="1")
    with pytest.raises(EndpointStackMissing, match="parameters Other; expected ModelPackageArn"):
        verified(arn, context)


@pytest.mark.parametrize(
    ("current", "least", "watched"),
    [("none", 1, False), ("arn:package/1", 1, True), ("arn:package/1", 0, False)],
)
def test_every_version_but_the_first_must_be_asked_while_it_is_watched(
    cloud: Cloud,
    context: Context,
    cloudformation: Stubber,
    current: str,
    least: int,
    watched: bool,
) -> None:
    rollout = {"traffic": "canary", "least_requests": least}
    cloud.deploy(endpoint={"min_instances": 2, "rollout": rollout})
    arn = registered(cloud)
    runs(cloudformation, ModelPackageArn=current)
    assert verified(arn, context)["has_canary"] is watched


@pytest.mark.parametrize(("current", "seconds"), [("none", 0), ("arn:package/1", 600)])
def test_every_version_but_the_first_has_its_shadow_test(
    cloud: Cloud, context: Context, cloudformation: Stubber, current: str, seconds: int
) -> None:
    cloud.deploy(endpoint={"shadow": {"minutes": 10}})
    arn = registered(cloud)
    runs(cloudformation, ModelPackageArn=current)
    found = verified(arn, context)
    assert (found["has_shadow"], found["shadow_seconds"]) == (True, seconds)
