"""Mistakes made by chance in the templates that were deployed: no list, but a seed."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from .attacks import Target
from .rewriting import REWRITES, Chance, replace_leaf

POLICIES = {
    "AWS::IAM::Policy": "PolicyDocument",
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
}
PERMISSION = "AWS::Lambda::Permission"
# Half of what tenants may do is in their roles' policies; the rest is shared out evenly.
_FAMILIES = ("identity", "identity", "identity", "resource", "trust", "property")
# Their effect shows only when something runs, which an attack does not wait for.
_SLOW = ("DefinitionString", "Code", "DashboardBody", "Tags",
         "Description", "Value")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One mistake.

    Attributes:
        family: Where: a policy of an identity or a resource, a trust policy, or a property.
        kind: What was done.
        stack: In which it is.
        logical_id: Of the resource.
        template: The stack's, with the mistake.
        before: The statement or property as it was, and `after` as it is.
    """

    family: str
    kind: str
    stack: str
    logical_id: str
    template: Mapping[str, Any]
    before: Any
    after: Any

    @property
    def resource(self) -> Mapping[str, Any]:
        """The mutated resource."""
        resource: Mapping[str, Any] = self.template["Resources"][self.logical_id]
        return resource

    def __str__(self) -> str:
        return (
            f"{self.family}: {self.kind}: {self.logical_id}\n"
            f"  was {json.dumps(self.before)}\n  is  {json.dumps(self.after)}"
        )


def mutations(
    stack: str,
    template: Mapping[str, Any],
    neighbours: Mapping[str, Target],
    *,
    names: tuple[str, str],
    seed: int,
) -> Iterator[Mutation]:
    """Endless mistakes in a stack, each another.

    Args:
        stack: Its name.
        template: Its template.
        neighbours: What the neighbour has, by the logical ids of both.
        names: The tenant's and the neighbour's.
        seed: Of the choices.
    """
    random, seen = Random(seed), set[str]()
    chance = Chance(random, *names, neighbours)
    while True:
        family = random.choice(_FAMILIES)
        ids = [n for n, one in template["Resources"].items() if family_of(one["Type"], family)]
        logical_id = random.choice(ids)
        resource = copy.deepcopy(template["Resources"][logical_id])
        change = (
            _property(resource, chance)
            if family == "property"
            else _permission(resource, chance)
            if resource["Type"] == PERMISSION
            else _statement(resource, chance)
        )
        text = json.dumps([logical_id, resource], sort_keys=True)
        if change is None or text in seen:
            continue
        seen.add(text)
        kind, before, after = change
        resources = {**template["Resources"], logical_id: resource}
        yield Mutation(
            family=family,
            kind=kind,
            stack=stack,
            logical_id=logical_id,
            template={**template, "Resources": resources},
            before=before,
            after=after,
        )


def family_of(kind: str, family: str) -> bool:
    """Whether resources of a type have something of a family."""
    match family:
        case "identity":
            return kind == "AWS::IAM::Policy"
        case "trust":
            return kind == "AWS::IAM::Role"
        case "resource":
            return kind == PERMISSION or (kind in POLICIES and not kind.startswith("AWS::IAM::"))
    return kind not in POLICIES and kind != PERMISSION and not kind.startswith("Custom::")


def _statement(resource: dict[str, Any], chance: Chance) -> tuple[str, Any, Any] | None:
    statements = resource["Properties"][POLICIES[resource["Type"]]]["Statement"]
    place = chance.random.randrange(len(statements))
    kind = chance.random.choice(list(REWRITES))
    before = statements[place]
    after = REWRITES[kind](before, chance)
    if after is None or after == before or (not after and len(statements) == 1):
        return None
    statements[place : place + 1] = [after] if after else []
    return kind, before, after


def _permission(resource: dict[str, Any], chance: Chance) -> tuple[str, Any, Any] | None:
    properties = resource["Properties"]
    before = copy.deepcopy(properties)
    if chance.random.random() < 0.3 and "SourceArn" in properties:
        del properties["SourceArn"]
        return "condition dropped", before, properties
    if chance.random.random() < 0.5:
        account = chance.role().split(":")[4]
        properties["Principal"] = chance.random.choice(("*", chance.role(), account))
        del properties["SourceArn"]
        return "another principal", before, properties
    held = {"SourceArn": properties.get("SourceArn", "")}
    if not replace_leaf(held, chance):
        return None
    properties |= held
    return "a condition of the neighbour's", before, properties


def _property(resource: dict[str, Any], chance: Chance) -> tuple[str, Any, Any] | None:
    properties = resource.get("Properties", {})
    names = [one for one in properties if one not in _SLOW]
    if not names:
        return None
    name = chance.random.choice(names)
    before, held = {name: copy.deepcopy(properties[name])}, {name: properties[name]}
    if name == "EventPattern" and chance.random.random() < 0.5:
        _drop_key(held[name], chance)
        return "a part of a rule's pattern dropped", before, held
    if not replace_leaf(held, chance):
        return None
    properties[name] = held[name]
    return f"the neighbour's in {resource['Type'].removeprefix('AWS::')}.{name}", before, held


def _drop_key(pattern: dict[str, Any], chance: Chance) -> None:
    """Takes one field from an event pattern, at any depth."""
    key = chance.random.choice(list(pattern))
    inner = pattern[key]
    if isinstance(inner, dict) and len(inner) > 1:
        _drop_key(inner, chance)
    else:
        del pattern[key]
