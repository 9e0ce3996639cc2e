"""Conditions on tags, in policies and in permissions boundaries."""

import uuid
from typing import Any

import pytest

from tests.local.conftest import Cloud, allow, policy
from tests.local.vaults import refused

pytestmark = pytest.mark.local
ONLY_NORTH = {
    "Effect": "Deny",
    "Action": "*",
    "Resource": "*",
    "Condition": {
        "StringNotEquals": {"aws:ResourceTag/tenant": "north"},
        "Null": {"aws:ResourceTag/tenant": "false"},
    },
}


def bounded_user(cloud: Cloud, *boundary: dict[str, Any]) -> dict[str, str]:
    """The credentials of a user who may do everything within a permissions boundary."""
    iam, name = cloud.client("iam"), f"bounded-{uuid.uuid4().hex[:8]}"
    made = iam.create_policy(PolicyName=name, PolicyDocument=policy(*boundary))
    iam.create_user(UserName=name, PermissionsBoundary=made["Policy"]["Arn"])
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(allow("*")))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }


def queue_of(cloud: Cloud, tenant: str) -> str:
    name = f"queue-{uuid.uuid4().hex[:8]}"
    made = cloud.client("sqs").create_queue(QueueName=name, tags={"tenant": tenant})
    return str(made["QueueUrl"])


def test_a_boundary_keeps_from_what_has_another_tag(cloud: Cloud) -> None:
    sqs = cloud.client("sqs", **bounded_user(cloud, allow("*"), ONLY_NORTH))
    sqs.send_message(QueueUrl=queue_of(cloud, "north"), MessageBody="one")
    code, message = refused(sqs.send_message, QueueUrl=queue_of(cloud, "south"), MessageBody="one")
    assert code.startswith("AccessDenied")
    assert "explicit deny" in message


def test_a_boundary_keeps_from_a_key_with_another_tag(cloud: Cloud) -> None:
    kms = cloud.client("kms", **bounded_user(cloud, allow("*"), ONLY_NORTH))
    keys = {
        tenant: cloud.client("kms").create_key(Tags=[{"TagKey": "tenant", "TagValue": tenant}])[
            "KeyMetadata"
        ]["Arn"]
        for tenant in ("north", "south")
    }
    kms.encrypt(KeyId=keys["north"], Plaintext=b"one")
    _, message = refused(kms.encrypt, KeyId=keys["south"], Plaintext=b"one")
    assert "with an explicit deny in a permissions boundary" in message


def test_a_policy_may_ask_for_the_tags_of_what_is_created(cloud: Cloud) -> None:
    north = {"StringEquals": {"aws:RequestTag/tenant": "north"}}
    may = {**allow("sqs:CreateQueue", "sqs:TagQueue"), "Condition": north}
    sqs = cloud.client("sqs", **cloud.user(may))
    sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:8]}", tags={"tenant": "north"})
    assert refused(
        sqs.create_queue, QueueName=f"queue-{uuid.uuid4().hex[:8]}", tags={"tenant": "south"}
    )[0].startswith("AccessDenied")
