"""Policy documents as values: what AWS lets one write in several ways, in one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from terrace.assembly.symbols import UNKNOWN
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
        allows: Allow, or an effect that is not known; else Deny.
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

    @property
    def content(self) -> tuple[object, ...]:
        """What it says, wherever it stands."""
        return (
            self.allows, self.actions, self.not_actions, self.resources, self.not_resources,
            self.principals, self.conditions,
        )  # fmt: skip


def statements(document: Any, where: str) -> Iterator[Statement]:
    """The statements of a policy document whose intrinsic functions are resolved.

    What could not be resolved may allow everything to everybody.
    """
    for place, member in enumerate(_members(document)):
        if isinstance(member, Mapping):
            yield _statement(member, f"{where}, statement {member.get('Sid') or place}")
        else:
            yield _anything(f"{where}, statement {place}, which nobody can read")


def listed(value: Any) -> list[Any]:
    """A value that may be one or a list of them, as a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _members(document: Any) -> list[Any]:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return [document]
    return listed(document.get("Statement", [])) if isinstance(document, Mapping) else [document]


def _anything(where: str) -> Statement:
    everybody = Principals(of_aws=(ANYBODY,))
    return Statement(where=where, allows=True, actions=("*",), principals=everybody)


def _statement(written: Mapping[str, Any], where: str) -> Statement:
    # Without either, the statement is none that AWS takes; it may be about everything.
    actions = written.get("Action", written.get("NotAction", ANYBODY))
    resources = written.get("Resource", written.get("NotResource", ANYBODY))
    return Statement(
        where=where,
        allows=written.get("Effect", UNKNOWN) != "Deny",
        actions=tuple(_text(action).lower() for action in listed(actions)),
        not_actions="NotAction" in written,
        resources=tuple(map(_text, listed(resources))),
        not_resources="NotResource" in written,
        principals=_principals(written),
        conditions=conditions_of(written.get("Condition", {})),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else UNKNOWN


def _principals(written: Mapping[str, Any]) -> Principals | None:
    value = written.get("Principal", written.get("NotPrincipal"))
    if value is None:
        return None
    kinds = value if isinstance(value, Mapping) else {"AWS": value}
    known = {str(kind): tuple(map(_text, listed(names))) for kind, names in kinds.items()}
    return Principals(
        of_aws=known.pop("AWS", ()),
        services=known.pop("Service", ()),
        others=tuple(one for values in known.values() for one in values),
        all_but_these="NotPrincipal" in written,
    )
