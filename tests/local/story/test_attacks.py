"""Every deployed role of a tenant tries what the proof says it cannot: another tenant's things."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from examples.demo.operator import Operator
from examples.demo.stage import TENANTS, Stage
from terrace.names import TenantNames

pytestmark = pytest.mark.local

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError")
Client = Callable[[str], Any]
# One session for all roles: each would read AWS's service descriptions anew.
MAKE: Any = boto3.session.Session().client


def roles(stage: Stage, tenant: str) -> Iterator[str]:
    """The roles in a tenant's stack, by their names."""
    pages = stage.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=TenantNames(tenant=tenant).stack):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::IAM::Role":
                yield resource["PhysicalResourceId"]


def worn(stage: Stage, role: str) -> Client:
    """Clients with a role's own rights; it is opened to the administrator for a moment."""
    iam, account = stage.client("iam"), stage.client("sts").get_caller_identity()["Account"]
    found = iam.get_role(RoleName=role)["Role"]
    trust = found["AssumeRolePolicyDocument"]
    own = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    opened = trust | {"Statement": [*trust["Statement"], own]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(opened))
    try:
        given = stage.client("sts").assume_role(RoleArn=found["Arn"], RoleSessionName="attack")
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    key = given["Credentials"]
    return lambda service: MAKE(
        service,
        endpoint_url=stage.environment["AWS_ENDPOINT_URL"],
        region_name=stage.environment["AWS_REGION"],
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    )


def attacks(victim: Operator) -> dict[str, Callable[[Client], Any]]:
    """What a tenant's things are good for, by what it is called."""
    names, bucket, model = TenantNames(tenant=victim.tenant), victim.bucket, victim.names
    sts = victim.client("sts")
    where = f"{sts.meta.region_name}:{sts.get_caller_identity()['Account']}"
    machine = f"arn:aws:states:{where}:stateMachine:{names.training_state_machine}"
    key = f"{victim.model}/capture/x"
    lock = {"model": {"S": victim.model}}
    return {
        "lists the bucket": lambda c: c("s3").list_objects_v2(Bucket=bucket),
        "reads an object": lambda c: c("s3").get_object(Bucket=bucket, Key=key),
        "writes an object": lambda c: c("s3").put_object(Bucket=bucket, Key=key, Body=b""),
        "reads a lock": lambda c: c("dynamodb").get_item(TableName=names.rollouts_table, Key=lock),
        "reads the settings": lambda c: c("ssm").get_parameter(Name=model.parameter),
        "tells subscribers": lambda c: c("sns").publish(
            TopicArn=f"arn:aws:sns:{where}:{names.base}", Message="x"
        ),
        "calls a function": lambda c: c("lambda").invoke(
            FunctionName=names.function("gate"), Payload=b"{}"
        ),
        "starts a training": lambda c: c("stepfunctions").start_execution(stateMachineArn=machine),
        "asks the endpoint": lambda c: c("sagemaker-runtime").invoke_endpoint(
            EndpointName=model.endpoint, Body=b"1"
        ),
    }


def denied(attack: Callable[[Client], Any], client: Client) -> bool:
    try:
        attack(client)
    except ClientError as error:
        return error.response["Error"]["Code"] in DENIED
    return False


@pytest.mark.parametrize(
    ("attacker", "victim"), list(zip(TENANTS, (*TENANTS[1:], TENANTS[0]), strict=True))
)
def test_no_role_of_a_tenant_reaches_another(stage: Stage, attacker: str, victim: str) -> None:
    tried = attacks(stage.operator(victim))
    own = list(roles(stage, attacker))
    let = [
        f"{role} {what} of {victim}"
        for role in own
        for client in [worn(stage, role)]
        for what, attack in tried.items()
        if not denied(attack, client)
    ]
    assert len(own) >= 20
    assert let == []


def test_the_same_is_allowed_where_it_is_ones_own(stage: Stage) -> None:
    """Otherwise the attacks above might fail for a reason that has nothing to do with rights."""
    own = attacks(stage.operator("north-mill"))
    monitor = next(role for role in roles(stage, "north-mill") if "Functionsmonitor" in role)
    client = worn(stage, monitor)
    for what in ("lists the bucket", "reads an object", "reads the settings"):
        assert not denied(own[what], client), what
