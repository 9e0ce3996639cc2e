"""Keys and topics let AWS's services in on the terms on which these ask."""

import fnmatch
import re
from collections.abc import Iterator
from typing import Any

from tests.stacks.conftest import Assembly, listed, statements, text

EVENTS = "events.amazonaws.com"
SOURCES = {"aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID"}
PLATFORM = "terrace--platform"


def policies(assembly: Assembly, kind: str, member: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of a kind's resource policies in all stacks, with where it is."""
    for stack in assembly.stacks:
        for name, resource in assembly.resources(stack, kind).items():
            for statement in resource[member]["Statement"]:
                yield f"{stack} {name}", statement


def condition_keys(statement: dict[str, Any]) -> set[str]:
    return {key for test in statement.get("Condition", {}).values() for key in test}


def services(statement: dict[str, Any]) -> list[str]:
    principal = statement["Principal"]
    return listed(principal.get("Service", [])) if isinstance(principal, dict) else []


def test_no_topic_asks_eventbridge_for_a_condition(shipped: Assembly) -> None:
    found = [
        (where, condition_keys(statement))
        for where, statement in policies(shipped, "AWS::SNS::TopicPolicy", "PolicyDocument")
        if EVENTS in services(statement)
    ]
    assert found
    assert [one for one in found if one[1]] == []


def test_no_key_asks_eventbridge_for_its_source_and_each_is_for_this_account(
    shipped: Assembly,
) -> None:
    found = [
        (where, statement)
        for where, statement in policies(shipped, "AWS::KMS::Key", "KeyPolicy")
        if EVENTS in services(statement)
    ]
    assert found
    for where, statement in found:
        assert not condition_keys(statement) & SOURCES, where
        (patterns,) = statement["Condition"]["ArnLike"].values()
        assert all(":<AWS::AccountId>:" in text(one) for one in listed(patterns)), where


def test_cloudtrail_may_decrypt_since_its_bucket_has_a_bucket_key(shipped: Assembly) -> None:
    audit = {
        action
        for _, statement in policies(shipped, "AWS::KMS::Key", "KeyPolicy")
        if "cloudtrail.amazonaws.com" in services(statement)
        for action in listed(statement["Action"])
    }
    assert audit == {"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"}


def test_access_logs_of_every_bucket_are_let_in(shipped: Assembly) -> None:
    (pattern,) = {
        text(statement["Condition"]["ArnLike"]["aws:SourceArn"]).rpartition(":")[2]
        for _, statement in policies(shipped, "AWS::S3::BucketPolicy", "PolicyDocument")
        if "logging.s3.amazonaws.com" in services(statement)
    }
    logged = [
        name(stack, logical_id, bucket)
        for stack in shipped.stacks
        for logical_id, bucket in shipped.resources(stack, "AWS::S3::Bucket").items()
        if "LoggingConfiguration" in bucket
    ]
    assert [one for one in logged if not fnmatch.fnmatchcase(one, pattern)] == []
    assert len(logged) > 3


def name(stack: str, logical_id: str, bucket: dict[str, Any]) -> str:
    """A bucket's own name, or the beginning of the one that CloudFormation generates."""
    if "BucketName" in bucket:
        return text(bucket["BucketName"])
    return re.sub("-+", "-", f"{stack}-{logical_id}".lower())


def test_each_role_of_sagemaker_may_do_what_its_guide_asks(production: Assembly) -> None:
    stack = "terrace--a"
    actions = {
        (policy.partition("DefaultPolicy")[0], action)
        for policy, statement in statements(production, stack)
        for action in listed(statement["Action"])
    }
    assert ("IsolationTrainingRole", "kms:Encrypt") in actions
    tracking = {action for policy, action in actions if policy.startswith("TrackingRole")}
    assert {"s3:GetBucketLocation", "s3:ListBucket"} <= tracking


def test_the_role_of_an_asynchronous_endpoint_may_upload_in_parts(production: Assembly) -> None:
    endpoint = {
        action
        for policy, statement in statements(production, "terrace--a-b")
        if policy.startswith("IsolationEndpointRole")
        for action in listed(statement["Action"])
    }
    assert {"s3:AbortMultipartUpload", "s3:ListBucket"} <= endpoint
