"""Whom a statement of a key policy names.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any

from localcloud.hooks.keys import Caller

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")


class Naming(IntEnum):
    """How closely a statement names a caller."""

    NOT = 0
    # The account, which leaves the decision to the caller's own policies.
    ACCOUNT = 1
    # The role of a session, or everyone.
    PRINCIPAL = 2
    # The user or the session itself, which no boundary and no session policy narrows.
    EXACT = 3


def naming(statement: Mapping[str, Any], caller: Caller) -> Naming:
    """How closely a statement's `Principal` or `NotPrincipal` names a caller."""
    if "NotPrincipal" in statement:
        excepted = set(_listed(statement["NotPrincipal"]))
        # A session is excepted only where its role and its account are excepted as well.
        exempt = all(identity & excepted for identity in _identities(caller))
        return Naming.NOT if exempt else Naming.PRINCIPAL
    named = _listed(statement.get("Principal", {}))
    return max((_closeness(one, caller) for one in named), default=Naming.NOT)


def _listed(principal: Any) -> Iterator[tuple[str, str]]:
    """The kind and the name of each principal."""
    if isinstance(principal, str):
        yield "AWS", principal
        return
    for kind, names in principal.items():
        for name in [names] if isinstance(names, str) else names:
            yield kind, name


def _closeness(principal: tuple[str, str], caller: Caller) -> Naming:
    kind, name = principal
    if kind == "AWS" and name == "*":
        return Naming.PRINCIPAL
    if caller.is_service:
        is_named = kind == "Service" and name.lower() == caller.arn.lower()
        return Naming.PRINCIPAL if is_named else Naming.NOT
    if kind != "AWS":
        return Naming.NOT
    if name == caller.arn:
        return Naming.EXACT
    if name == caller.role_arn:
        return Naming.PRINCIPAL
    account = _ACCOUNT.fullmatch(name)
    return Naming.ACCOUNT if account and account[1] == caller.account else Naming.NOT


def _identities(caller: Caller) -> list[set[tuple[str, str]]]:
    """What has to be excepted, each with its spellings, for a caller to be excepted."""
    if caller.is_service:
        return [{("Service", caller.arn)}]
    root = f"arn:aws:iam::{caller.account}:root"
    arns = [arn for arn in (caller.arn, caller.role_arn) if arn and arn != root]
    return [{("AWS", root), ("AWS", caller.account)}, *({("AWS", arn)} for arn in arns)]
