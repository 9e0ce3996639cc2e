"""What each principal may do: one statement a need, in the terms of the calls that it makes."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

Condition = str | Sequence[str]


def allow(
    actions: Sequence[str], resources: Sequence[str], **conditions: Mapping[str, Condition]
) -> iam.PolicyStatement:
    """A statement that allows, under conditions given as `StringEquals={key: value}`."""
    return iam.PolicyStatement(
        actions=list(actions), resources=list(resources), conditions=dict(conditions)
    )


def use_key(key: kms.IKey) -> iam.PolicyStatement:
    """Reads and writes what is encrypted with a key."""
    return allow(["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn])


def pass_role(role: iam.IRole, service: str) -> iam.PolicyStatement:
    """Hands a role to one AWS service, and to no other."""
    return allow(
        ["iam:PassRole"],
        [role.role_arn],
        StringEquals={"iam:PassedToService": f"{service}.amazonaws.com"},
    )
