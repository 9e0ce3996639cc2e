"""Temporary credentials: what acts for somebody acts with that role's rights and no others."""

import contextlib
import hashlib
import os
import secrets
import threading
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config as BotoConfig

from localcloud.config import Config
from localcloud.errors import LocalCloudError
from localcloud.hooks import cloudformation, condition_keys, identity

_QUICK = BotoConfig(
    retries={"mode": "standard", "max_attempts": 2},
    connect_timeout=5,
    read_timeout=900,
    max_pool_connections=50,
)
_CLOUDFORMATION = "cloudformation.amazonaws.com"
# boto3's sessions are not made for many threads; the clients that they make are.
_session: Any = boto3.session.Session()
_session_lock = threading.Lock()


class CannotAssume(LocalCloudError):
    """A service was told to act with a role that it may not assume."""


def install(_config: Config) -> None:
    """Mends what would deny requests that AWS allows."""
    identity.treat_loopback_as_tls()
    identity.name_resources()
    identity.name_actions()
    identity.remember_policies()
    identity.read_tags_for_limits()
    condition_keys.install()


def credentials(role_arn: str, service: str, name: str) -> dict[str, str]:
    """New credentials of a role for an AWS service, as environment variables.

    Args:
        role_arn: The role.
        service: The service principal that assumes it, for example `sagemaker.amazonaws.com`.
        name: The session's name, which appears in what IAM denies.

    Raises:
        CannotAssume: There is no such role, or it does not trust the service.
    """
    check_trust(role_arn, service)
    secret = secrets.token_hex(20)
    key = "ASIA" + hashlib.sha256(secret.encode()).hexdigest()[:16].upper()
    token = secrets.token_hex(32)
    identity.register_session(key, secret, token, role_arn, name[:64])
    return _variables(key, secret, token)


def check_trust(role_arn: str, service: str) -> None:
    """Checks that an AWS service may assume a role.

    Raises:
        CannotAssume: There is no such role, or it does not trust the service.
    """
    policy = identity.trust_policy(role_arn)
    if policy is None:
        raise CannotAssume(f"{service} cannot assume {role_arn}: there is no such role")
    if not trusts(policy, service):
        raise CannotAssume(
            f"{service} cannot assume {role_arn}: its trust policy does not name that service"
        )


def trusts(policy: dict[str, Any], service: str) -> bool:
    """Whether a trust policy lets a service assume the role."""
    statements = policy["Statement"]
    return any(
        statement["Effect"] == "Allow"
        and service in _services(statement.get("Principal", {}))
        and "sts:AssumeRole" in _listed(statement.get("Action", []))
        for statement in (statements if isinstance(statements, list) else [statements])
    )


def _services(principal: Any) -> list[str]:
    return _listed(principal.get("Service", [])) if isinstance(principal, dict) else []


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _variables(key: str, secret: str, token: str | None) -> dict[str, str]:
    given = {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": os.environ["AWS_REGION"],
        "AWS_DEFAULT_REGION": os.environ["AWS_REGION"],
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
    }
    return given | ({"AWS_SESSION_TOKEN": token} if token else {})


def client(service: str, given: dict[str, str]) -> Any:
    """A client that acts with `credentials`."""
    with _session_lock:
        return _session.client(
            service,
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=given.get("AWS_SESSION_TOKEN"),
            region_name=given["AWS_REGION"],
            endpoint_url=given["AWS_ENDPOINT_URL"],
            config=_QUICK,
        )


def role_client(service: str, role_arn: str, principal: str, name: str) -> Any:
    """A client that acts with a role for an AWS service; kept and given again.

    Raises:
        CannotAssume: There is no such role (any more), or it does not trust the service.
    """
    check_trust(role_arn, principal)
    return _kept_client(service, role_arn, principal, name)


@lru_cache(maxsize=256)
def _kept_client(service: str, role_arn: str, principal: str, name: str) -> Any:
    return client(service, _kept(role_arn, principal, name))


@lru_cache(maxsize=256)
def _kept(role_arn: str, principal: str, name: str) -> dict[str, str]:
    return credentials(role_arn, principal, name)


def stack_client(service: str) -> Any:
    """A client with the rights of whoever acts for the stack whose operation is under way.

    That is the stack's service role, or else the caller of the operation, as in CloudFormation.

    Raises:
        CannotAssume: The service role cannot be assumed, or the caller's key is gone.
    """
    acting = cloudformation.operator.get()
    if acting.role_arn:
        return role_client(service, acting.role_arn, _CLOUDFORMATION, "AWSCloudFormation")
    found = identity.secret_of(acting.access_key)
    if found is None:
        raise CannotAssume(f"the access key {acting.access_key} of the stack's caller is not known")
    return client(service, _variables(acting.access_key, *found))


def stack_access_key() -> str:
    """The access key of whoever acts for the stack under way.

    Raises:
        CannotAssume: The service role cannot be assumed.
    """
    acting = cloudformation.operator.get()
    if acting.role_arn:
        return role_access_key(acting.role_arn, _CLOUDFORMATION)
    return acting.access_key


def stack_denial(action: str, resource: str, context: dict[str, str] | None = None) -> str | None:
    """Why whoever acts for the stack under way may not do something; None where it may."""
    acting = cloudformation.operator.get(None)
    if acting is None:
        return None
    if acting.role_arn:
        return role_denial(acting.role_arn, _CLOUDFORMATION, action, resource, context)
    region = os.environ["AWS_REGION"]
    return identity.denial_of_key(acting.access_key, region, action, resource, context)


def role_denial(
    role_arn: str,
    principal: str,
    action: str,
    resource: str,
    context: dict[str, str] | None = None,
) -> str | None:
    """Why a role, assumed by an AWS service, may not do something; None where it may."""
    try:
        check_trust(role_arn, principal)
    except CannotAssume as error:
        return str(error)
    key = role_access_key(role_arn, principal)
    return identity.denial_of_key(key, os.environ["AWS_REGION"], action, resource, context)


def role_access_key(role_arn: str, principal: str) -> str:
    """The access key with which a service acts as a role.

    Raises:
        CannotAssume: There is no such role, or it does not trust the service.
    """
    check_trust(role_arn, principal)
    return _kept(role_arn, principal, principal.partition(".")[0])["AWS_ACCESS_KEY_ID"]


def service_may(principal: str, action: str, resource: str, source_arn: str) -> bool:
    """Whether the resource's own policy lets an AWS service do something to it.

    Args:
        principal: The service, for example `events.amazonaws.com`.
        action: For example `lambda:InvokeFunction`.
        resource: The ARN of the function, queue, topic, bucket or key.
        source_arn: On whose behalf, for example the rule's ARN (`aws:SourceArn`).
    """
    with contextlib.suppress(LookupError):
        return identity.resource_policy_allows(principal, action, resource, source_arn)
    return False
