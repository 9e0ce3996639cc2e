"""Credentials and the verdict of IAM, as MiniStack keeps and evaluates them."""

import json
from typing import Any

from ministack.core import iam_evaluator, responses, router
from ministack.services import iam, sts


def register_session(access_key: str, secret: str, token: str, role_arn: str, name: str) -> None:
    """Makes temporary credentials of a role valid."""
    account = role_arn.split(":")[4]
    role = role_arn.rpartition("/")[2]
    sts.register_session(
        access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "UserId": f"{role}:{name}",
            "SecretAccessKey": secret,
            "SessionToken": token,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        },
    )


def trust_policy(role_arn: str) -> dict[str, Any] | None:
    """Who may assume a role, or None where there is no such role."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    role = iam._roles.get_scoped(account, None, name)
    if not role or role["Arn"] != role_arn:
        return None
    policy = role["AssumeRolePolicyDocument"]
    return dict(json.loads(policy) if isinstance(policy, str) else policy)


def denial(
    headers: dict[str, str], action: str, resource: str, context: dict[str, Any] | None = None
) -> str | None:
    """Why IAM denies the caller an action on a resource, or None where it allows it."""
    key = router.extract_access_key_id(headers, {}) or ""
    return denial_of_key(key, router.extract_region(headers), action, resource, context)


def denial_of_key(
    access_key: str, region: str, action: str, resource: str, context: dict[str, Any] | None = None
) -> str | None:
    """Why IAM denies whoever holds an access key an action, or None where it allows it."""
    service = action.partition(":")[0]
    found = iam_evaluator.enforce(
        access_key, action, service, region, resource_arn=resource, service_context=context
    )
    if found is None:
        return None
    if isinstance(found, iam_evaluator.AuthError):
        return f"{found.code}: {found.message}"
    why = (
        "with an explicit deny in a policy"
        if found.decision == "Deny"
        else f"because no identity-based policy allows the {action} action"
    )
    return (
        f"User: {found.principal_arn} is not authorized to perform: {action} "
        f"on resource: {resource} {why}"
    )


def caller_account() -> str:
    """The account of the request that is being served."""
    return str(responses.get_account_id())
