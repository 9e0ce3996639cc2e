"""Temporary credentials: what acts for somebody acts with that role's rights and no others."""

import hashlib
import os
import secrets
from typing import Any

import boto3
from botocore.config import Config as BotoConfig

from localcloud.config import Config
from localcloud.errors import LocalCloudError
from localcloud.hooks import identity

_QUICK = BotoConfig(
    retries={"mode": "standard", "max_attempts": 2}, connect_timeout=5, read_timeout=900
)


class CannotAssume(LocalCloudError):
    """A service was told to act with a role that it may not assume."""


def install(_config: Config) -> None:
    """Nothing to set up: credentials are made when they are asked for."""


def credentials(role_arn: str, service: str, name: str) -> dict[str, str]:
    """Credentials of a role for an AWS service, as environment variables.

    Args:
        role_arn: The role.
        service: The service principal that assumes it, for example `sagemaker.amazonaws.com`.
        name: The session's name, which appears in what IAM denies.

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
    secret = secrets.token_hex(20)
    key = "ASIA" + hashlib.sha256(secret.encode()).hexdigest()[:16].upper()
    token = secrets.token_hex(32)
    identity.register_session(key, secret, token, role_arn, name[:64])
    return {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
        "AWS_REGION": os.environ["AWS_REGION"],
        "AWS_DEFAULT_REGION": os.environ["AWS_REGION"],
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
    }


def trusts(policy: dict[str, Any], service: str) -> bool:
    """Whether a trust policy lets a service assume the role."""
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        named = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement["Effect"] == "Allow" and service in _listed(named):
            return "sts:AssumeRole" in _listed(statement["Action"])
    return False


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def client(service: str, given: dict[str, str]) -> Any:
    """A client that acts with `credentials`."""
    make: Any = boto3.client  # its stubs know literal service names alone
    return make(
        service,
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=given["AWS_SESSION_TOKEN"],
        region_name=given["AWS_REGION"],
        endpoint_url=given["AWS_ENDPOINT_URL"],
        config=_QUICK,
    )
