"""Which person is behind an identity of AWS, as far as AWS itself vouches for it.

A session of a role has a name that its caller chooses, so two sessions of one role may be one
person. They count as one, unless an identity provider names the sessions:

- IAM Identity Center names each session of its own roles (AWSReservedSSO_...) after the user.
- SageMaker Studio tells the user profile of whoever works in it.

A source identity (`sts:SetSourceIdentity`) is chosen by the caller too, where no trust policy
fixes it, and so makes no two people of one role.

Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
"""

import re
from collections.abc import Mapping
from typing import Any

UNKNOWN = "unknown"

_SESSION = re.compile(r"^arn:[^:]+:sts::\d*:assumed-role/([^/]+)/(.+)$")
_FEDERATED = re.compile(r"^arn:[^:]+:sts::\d*:federated-user/.+$")
# The permission set, and what Identity Center makes up for each account.
_IDENTITY_CENTER = re.compile(r"^AWSReservedSSO_.+_[0-9a-f]{16}$")


def person(identity: str) -> str:
    """The person behind an identity: an ARN, or the name or address that somebody is known by.

    >>> person("arn:aws:sts::1:assumed-role/deployer/tuesday")
    'arn:aws:sts::1:assumed-role/deployer'
    >>> person("arn:aws:sts::1:assumed-role/AWSReservedSSO_Ops_0123456789abcdef/Ada@mill.example")
    'ada@mill.example'
    """
    if session := _SESSION.match(identity):
        role, name = session.group(1), session.group(2)
        if _IDENTITY_CENTER.match(role):
            return name.casefold()
        return identity.removesuffix(f"/{name}")
    if _FEDERATED.match(identity):
        # Whoever calls GetFederationToken chooses the name, and which user that was is not told.
        return identity[: identity.index("federated-user")] + "federated-user"
    return identity if identity.startswith("arn:") else identity.casefold()


def last_changed_by(changed: Mapping[str, Any]) -> str:
    """The person behind SageMaker's `LastModifiedBy`; `unknown` where it tells nobody."""
    profile = changed.get("UserProfileArn")
    # In Studio the role is everybody's.
    return person(str(profile or _arn(changed) or UNKNOWN))


def is_session_of(changed: Mapping[str, Any], role: str) -> bool:
    """Whether a role changed it."""
    session = _SESSION.match(_arn(changed))
    return bool(session and session.group(1) == role)


def _arn(changed: Mapping[str, Any]) -> str:
    return str((changed.get("IamIdentity") or {}).get("Arn") or "")
