"""Templates' intrinsic functions, resolved as far as anybody can before a deployment.

What AWS makes up is a symbol of its own (`made_up`); what nobody can know, a parameter, a mapping
by region, a dynamic reference, a macro's result, is `UNKNOWN`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from terrace.assembly.kinds import KINDS, Kind
from terrace.assembly.resources import NOTHING, Resource, families, filled, text_of
from terrace.assembly.symbols import ACCOUNT, PARTITION, REGION, UNKNOWN, made_up
from terrace.assembly.variants import Variant, variants

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": PARTITION,
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
# Attributes that are the resource's ARN, or its name.
_ARNS = frozenset(
    (
        "Arn",
        "TopicArn",
        "ModelPackageGroupArn",
        "AlarmArn",
        "RuleArn",
        "StateMachineArn",
        "ApplicationArn",
    )
)
_NAMES = frozenset(
    ("Name", "QueueName", "TopicName", "EndpointName", "ModelName", "EndpointConfigName",
     "GroupId", "KeyId", "ModelPackageGroupName", "TableName", "FunctionName", "ProjectName")
)  # fmt: skip
_DYNAMIC = re.compile(r"\{\{resolve:[^}]*\}\}")


@dataclass(frozen=True, kw_only=True)
class Export:
    """A value that a stack exports."""

    stack: str
    name: str
    value: Any


class Resolver:
    """The stacks of one owner.

    Args:
        stacks: Their templates, by name.
        others: Whose exports the stacks may import.
    """

    def __init__(
        self, stacks: Mapping[str, Mapping[str, Any]], others: "Resolver | None" = None
    ) -> None:
        self.stacks = stacks
        self._others = others
        self.exports = {
            export.name: export for stack in stacks for export in self._exports_of(stack)
        }

    def resources(self, stack: str) -> Iterator[Resource]:
        """Every variant of every resource of a stack."""
        template = self.stacks[stack]
        for logical_id, resource in _mapping(template.get("Resources")).items():
            if not isinstance(resource, Mapping) or "Type" not in resource:
                continue  # refused elsewhere
            seen: list[Resource] = []
            for variant in variants(template, resource):
                one = _Reading(self, stack, variant).resource(logical_id)
                if one not in seen:
                    seen.append(one)
                    yield one

    def template(self, stack: str) -> Mapping[str, Any]:
        """A stack's template as it was read."""
        return self.stacks[stack]

    def imported(self, name: str) -> Any:
        """The value of an export; unknown where no stack that may be imported from has it."""
        export = self.exports.get(name)
        if export:
            return _Reading(self, export.stack, Variant()).value(export.value)
        return self._others.imported(name) if self._others else UNKNOWN

    def _exports_of(self, stack: str) -> Iterable[Export]:
        for output in _mapping(self.stacks[stack].get("Outputs")).values():
            if isinstance(output, Mapping) and "Export" in output:
                name = _Reading(self, stack, Variant()).value(output["Export"]["Name"])
                yield Export(stack=stack, name=str(name), value=output.get("Value"))


@dataclass
class _Reading:
    """Reads one stack's template in one variant."""

    resolver: Resolver
    stack: str
    variant: Variant
    names: dict[str, str] = field(default_factory=dict)

    @property
    def _resources(self) -> Mapping[str, Any]:
        return _mapping(self.resolver.template(self.stack).get("Resources"))

    def resource(self, logical_id: str) -> Resource:
        resource = self._resources[logical_id]
        kind = KINDS.get(resource["Type"])
        properties = self.value(resource.get("Properties", {}))
        properties = properties if isinstance(properties, Mapping) else {UNKNOWN: UNKNOWN}
        name = self.name(logical_id)
        return Resource(
            stack=self.stack,
            logical_id=logical_id,
            type=resource["Type"],
            properties=properties,
            arn=filled(kind.arn, name, properties) if kind else None,
            families=tuple(families(kind, name, properties)) if kind else (),
            conditional="Condition" in resource,
        )

    def value(self, value: Any) -> Any:
        """A value with its functions resolved; what is not there is left out."""
        if isinstance(value, str):
            return _DYNAMIC.sub(UNKNOWN, value)
        if isinstance(value, Mapping):
            if len(value) == 1:
                ((function, argument),) = value.items()
                if function == "Ref" or function.startswith("Fn::"):
                    return self._function(function, argument)
            parts = {key: self.value(part) for key, part in value.items()}
            return {key: part for key, part in parts.items() if part is not NOTHING}
        if isinstance(value, list):
            items = [self.value(part) for part in value]
            return [part for part in items if part is not NOTHING]
        return value

    def _function(self, function: str, argument: Any) -> Any:
        known = {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::ImportValue": self._import,
            "Fn::Join": self._joined,
            "Fn::Sub": self._substituted,
            "Fn::If": self._chosen,
            "Fn::Select": self._selected,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._mapped,
        }.get(function)
        try:
            return known(argument) if known else UNKNOWN
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return UNKNOWN  # not what CloudFormation's own documentation says it takes

    def _ref(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name == "AWS::NoValue":
            return NOTHING
        if name == "AWS::StackName":
            return self.stack
        if name not in self._resources:
            return self.variant.parameters.get(name, UNKNOWN)
        kind = KINDS.get(self._resources[name]["Type"])
        if kind and kind.ref:
            return filled(kind.ref, self.name(name), {})
        return self._arn(name) if kind and kind.ref_is_arn else self.name(name)

    def name(self, logical_id: str) -> str:
        """A resource's name: what it is called, or what AWS calls it."""
        if logical_id not in self.names:
            resource = self._resources[logical_id]
            kind, properties = KINDS.get(resource["Type"]), resource.get("Properties", {})
            mark = "" if kind and kind.name else "#"
            self.names[logical_id] = made_up(f"{self.stack}/{logical_id}{mark}")
            if kind and kind.name in properties:
                name = self.value(properties[kind.name])
                self.names[logical_id] = self._within(kind, properties, text_of(name))
            elif kind and kind.within in properties:
                self.names[logical_id] = self._within(kind, properties, self.names[logical_id])
        return self.names[logical_id]

    def _within(self, kind: Kind, properties: Mapping[str, Any], name: str) -> str:
        if kind.within not in properties:
            return name
        return f"{text_of(self.value(properties[kind.within])).rpartition('/')[2]}/{name}"

    def _arn(self, logical_id: str) -> str:
        resource = self._resources[logical_id]
        kind = KINDS.get(resource["Type"])
        if kind is None:
            return made_up(f"{self.stack}/{logical_id}.Arn")
        properties = resource.get("Properties", {})
        wanted = re.findall(r"\{(\w+)\}", kind.arn)
        values = {p: self.value(properties[p]) for p in wanted if p in properties}
        return filled(kind.arn, self.name(logical_id), values)

    def _attribute(self, argument: Any) -> Any:
        logical_id, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        if logical_id not in self._resources or not isinstance(attribute, str):
            return UNKNOWN
        if attribute in _ARNS:
            arn = self._arn(logical_id)
            is_group = self._resources[logical_id]["Type"] == "AWS::Logs::LogGroup"
            return f"{arn}:*" if is_group else arn
        if attribute in _NAMES:
            return self.name(logical_id)
        return made_up(f"{self.stack}/{logical_id}.{attribute}")

    def _import(self, argument: Any) -> Any:
        return self.resolver.imported(text_of(self.value(argument)))

    def _joined(self, argument: Any) -> str:
        parts = self.value(argument[1])
        if not isinstance(parts, list):
            return UNKNOWN
        return str(argument[0]).join(map(text_of, parts))

    def _chosen(self, argument: Any) -> Any:
        name, *ways = argument
        if name in self.variant.conditions:
            return self.value(ways[0] if self.variant.conditions[name] else ways[1])
        one, other = (self.value(way) for way in ways)
        return one if one == other else UNKNOWN

    def _substituted(self, argument: Any) -> str:
        text, values = argument if isinstance(argument, list) else (argument, {})

        def put_in(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in values:
                return text_of(self.value(values[name]))
            return text_of(self._attribute(name) if "." in name else self._ref(name))

        replaced = re.sub(r"\$\{([^!}][^}]*)\}", put_in, str(text)).replace("${!", "${")
        return _DYNAMIC.sub(UNKNOWN, replaced)

    def _selected(self, argument: Any) -> Any:
        parts = self.value(argument[1])
        return parts[int(argument[0])] if isinstance(parts, list) else UNKNOWN

    def _split(self, argument: Any) -> Any:
        text = self.value(argument[1])
        # What is behind an unknown text may be any piece of it.
        if not isinstance(text, str) or not text.isascii():
            return UNKNOWN
        return text.split(argument[0])

    def _mapped(self, argument: Any) -> Any:
        name, *keys = (self.value(one) for one in argument[:3])
        mapping = self.resolver.template(self.stack)["Mappings"][name]
        return self.value(mapping[keys[0]][keys[1]])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
