"""What the registry says that a resource's handlers may call, as questions to IAM.

A schema lists what a handler may ever call. An action is left out where the resource gives no
reason for it: it concerns another kind of resource that no property names, tags that are not set,
or what `permissions.yaml` says with its source.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from localcloud.cloudformation.iam_reference import kinds_of
from localcloud.cloudformation.schemas import Schema, schema_of
from localcloud.cloudformation.targets import ANY, Place, Subject
from localcloud.hooks.cloudformation import Change

_HANDLERS = {"create": ("create", "read"), "update": ("update", "read"), "delete": ("delete",)}
_TAG = re.compile("Tag|Untag")
_PASSING = "iam:PassRole"
_CONDITIONS = Path(__file__).with_name("permissions.yaml")


@dataclass(frozen=True, kw_only=True)
class Question:
    """An action that must be allowed on at least one of the resources."""

    action: str
    resources: Sequence[str]
    context: Mapping[str, str] = field(default_factory=dict)


def questions(change: Change, place: Place) -> Iterator[Question]:
    """Everything that whoever acts for a stack must be allowed, for one change of a resource."""
    schema = schema_of(change.type_name, place.region)
    if schema is None:
        return
    subject = Subject(change, schema, place)
    actions = [a for handler in _HANDLERS[change.action] for a in schema.permissions(handler)]
    for action in dict.fromkeys(actions):
        if _has_reason(action, change, schema):
            yield from _about(action, subject, schema)


def _about(action: str, subject: Subject, schema: Schema) -> Iterator[Question]:
    kinds = kinds_of(action)
    if kinds is None:
        return  # No policy can grant it: some lists name operations that IAM does not know.
    if not kinds:
        yield Question(action=action, resources=(ANY,))
        return
    context = _context(action, schema)
    if action == _PASSING:
        resources = [arn for arn in subject.named_arns if kinds[0].matches(arn)]
    else:
        # Of kinds that an action only may take, the resource's own is meant.
        own = [kind for kind in kinds if subject.is_own(kind)]
        meant = [kind for kind in kinds if kind.required] or own or kinds
        resources = list(dict.fromkeys(arn for kind in meant for arn in subject.arns(kind)))
    special = _data()["resources"].get(schema.type_name, {}).get(action)
    resources = resources if special is None else list(subject.filled_in(special))
    for resource in resources:
        yield Question(action=action, resources=(resource,), context=context)
    if not resources and action.partition(":")[0] == _service(schema):
        every = tuple(dict.fromkeys(subject.fill(kind) for kind in kinds))
        yield Question(action=action, resources=every, context=context)


@cache
def _service(schema: Schema) -> str:
    """The prefix of most of the type's actions."""
    handlers = ("create", "read", "update", "delete")
    services = Counter(a.partition(":")[0] for h in handlers for a in schema.permissions(h))
    return services.most_common(1)[0][0] if services else ""


def _context(action: str, schema: Schema) -> dict[str, str]:
    if action != _PASSING:
        return {}
    principals = _data()["principals"]
    principal = principals.get(schema.type_name) or principals.get(_service(schema))
    return {"iam:PassedToService": principal or f"{_service(schema)}.amazonaws.com"}


def _has_reason(action: str, change: Change, schema: Schema) -> bool:
    if _is_tagging(action):
        return _tags_change(change, schema)
    for one in _conditions(change.type_name):
        if action in one["actions"]:
            return _holds(one, change)
    return True


def _is_tagging(action: str) -> bool:
    verb = action.partition(":")[2]
    return _TAG.search(verb) is not None and not verb.startswith(("List", "Get", "Describe"))


def _tags_change(change: Change, schema: Schema) -> bool:
    name = str(schema.document.get("tagging", {}).get("tagProperty", "/properties/Tags"))
    name = name.rpartition("/")[2]
    before = _template_tags((change.previous or {}).get(name))
    return bool(before != _template_tags(change.properties.get(name)))


def _template_tags(tags: Any) -> Any:
    if isinstance(tags, dict):
        return {key: value for key, value in tags.items() if not key.startswith("aws:")}
    listed = [tag for tag in tags or () if not str(tag.get("Key", "")).startswith("aws:")]
    return {tag.get("Key"): tag.get("Value") for tag in listed}


def _holds(condition: Mapping[str, Any], change: Change) -> bool:
    """Whether one of the properties is set, or changes where that is the condition."""
    if "update_policy" in condition:
        return condition["update_policy"] in change.update_policy
    if any(_at(change.properties, path) for path in condition.get("set", ())):
        return True
    previous = change.previous or {}
    return any(
        _at(change.properties, path) != _at(previous, path) for path in condition.get("changed", ())
    )


def _at(value: Any, path: str) -> Any:
    for part in path.split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _conditions(type_name: str) -> Sequence[Mapping[str, Any]]:
    return [one for one in _data()["conditions"] if one["type"] == type_name]


@cache
def _data() -> Mapping[str, Any]:
    return dict(yaml.safe_load(_CONDITIONS.read_text()))
