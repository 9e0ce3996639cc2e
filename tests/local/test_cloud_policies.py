"""Our evaluation of policies against the embedded cloud's, by requests that are really sent."""

import json
import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from terrace.isolation.conditions import ABSENT, Context, Key
from terrace.isolation.documents import statements
from terrace.isolation.evaluation import Answer, Principal, Request, decide
from tests.isolation.requests import OBJECTS, policy
from tests.local.conftest import Cloud

pytestmark = pytest.mark.local

PEOPLE = 340
BUCKETS = ("north", "south")  # as the random policies call them
# Of the keys that the policies' conditions name, such a request has one.
CONTEXT = Context(
    keys={"aws:securetransport": Key(values=("true",), is_present=True)}, others=ABSENT
)
ACTIONS = ("GetObject", "PutObject", "DeleteObject")


@pytest.fixture(scope="module")
def account(cloud: Cloud) -> Iterator[str]:
    """The account, with the buckets."""
    s3 = cloud.client("s3")
    for name in BUCKETS:
        s3.create_bucket(Bucket=name)
    yield str(cloud.client("sts").get_caller_identity()["Account"])
    for name in BUCKETS:
        for item in s3.list_objects_v2(Bucket=name).get("Contents", []):
            s3.delete_object(Bucket=name, Key=item["Key"])
        s3.delete_bucket(Bucket=name)


def somebody(cloud: Cloud, own: dict[str, Any], boundary: dict[str, Any] | None) -> Any:
    """S3 as somebody sees it who has these policies."""
    iam, name = cloud.client("iam"), f"somebody-{uuid.uuid4().hex[:12]}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(own))
    if boundary:
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(boundary))
        iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=made["Policy"]["Arn"])
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return cloud.client(
        "s3",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def let(s3: Any, action: str, arn: str) -> bool:
    """Whether a request is let through."""
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    call = {"GetObject": s3.get_object, "DeleteObject": s3.delete_object}.get(action)
    try:
        if call:
            call(Bucket=bucket, Key=key)
        else:
            s3.put_object(Bucket=bucket, Key=key, Body=b"")
    except ClientError as error:
        return error.response["Error"]["Code"] != "AccessDenied"
    return True


def expected(
    account: str, own: dict[str, Any], boundary: dict[str, Any] | None, action: str, arn: str
) -> bool:
    somebody = Principal(
        arn=f"arn:aws:iam::{account}:user/somebody",
        account=account,
        policies=list(statements(own, "own")),
        boundary=list(statements(boundary, "boundary")) if boundary else None,
    )
    request = Request(action=f"s3:{action}".lower(), resource=arn, context=CONTEXT)
    return decide(somebody, request) is Answer.ALLOWS


def test_the_embedded_cloud_lets_through_what_we_say_is_allowed(cloud: Cloud, account: str) -> None:
    chance = random.Random(5)
    unlike, verdicts = [], []
    for _ in range(PEOPLE):
        own = policy(chance)
        boundary = policy(chance) if chance.random() < 0.4 else None
        s3 = somebody(cloud, own, boundary)
        for action in ACTIONS:
            arn = chance.choice(OBJECTS)
            said = expected(account, own, boundary, action, arn)
            verdicts.append(said)
            if let(s3, action, arn) != said:
                unlike.append((action, arn, said, own, boundary))
    assert unlike[:1] == []
    assert 50 < sum(verdicts) < len(verdicts) - 50
