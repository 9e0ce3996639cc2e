"""Policy documents as values: what AWS lets one write in several ways, in one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from terrace.isolation.conditions import Condition, conditions_of

ANYBODY = "*"


@dataclass(frozen=True, kw_only=True)
class Principals:
    """Whom a statement of a resource's policy is about: `AWS`, `Service` and so on by kind."""

    of_aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    all_but_these: bool = False  # NotPrincipal


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement, resolved: every list is one, every member is a text.

    Attributes:
        where: Whose it is and its place, for messages.
        allows: Allow, else Deny.
        actions: Patterns, in lower case; all but these where `not_actions`.
        resources: Patterns of ARNs; all but these where `not_resources`.
        principals: In a resource's policy.
    """

    where: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: bool = False
    resources: tuple[str, ...] = (ANYBODY,)
    not_resources: bool = False
    principals: Principals | None = None
    conditions: tuple[Condition, ...] = field(default=())


def statements(document: Any, where: str) -> Iterator[Statement]:
    """The statements of a policy document whose intrinsic functions are resolved."""
    given = document.get("Statement", []) if isinstance(document, Mapping) else [document]
    for place, told in enumerate(listed(given)):
        if isinstance(told, Mapping):
            yield _statement(told, f"{where}, statement {told.get('Sid') or place}")
        else:  # what could not be resolved may say anything
            yield Statement(where=f"{where}, statement {place}", allows=True, actions=("*",))


def listed(value: Any) -> list[Any]:
    """A value that may be one or a list of them, as a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _statement(told: Mapping[str, Any], where: str) -> Statement:
    actions = told.get("Action", told.get("NotAction", []))
    return Statement(
        where=where,
        allows=told.get("Effect", "Deny") == "Allow",
        actions=tuple(str(action).lower() for action in listed(actions)),
        not_actions="NotAction" in told,
        resources=tuple(map(str, listed(told.get("Resource", told.get("NotResource", ANYBODY))))),
        not_resources="NotResource" in told,
        principals=_principals(told),
        conditions=conditions_of(told.get("Condition", {})),
    )


def _principals(told: Mapping[str, Any]) -> Principals | None:
    given = told.get("Principal", told.get("NotPrincipal"))
    if given is None:
        return None
    kinds = {"AWS": [given]} if isinstance(given, str) else given
    known = {kind: tuple(map(str, listed(value))) for kind, value in kinds.items()}
    return Principals(
        of_aws=known.pop("AWS", ()),
        services=known.pop("Service", ()),
        others=tuple(one for values in known.values() for one in values),
        all_but_these="NotPrincipal" in told,
    )
