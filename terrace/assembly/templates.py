"""Synthesized templates, with every intrinsic function resolved as far as it can be.

What CloudFormation makes up is a text of its own that nothing else is. What nobody can know before
a deployment, a parameter say, is `*`: it may be anything.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terrace.assembly.kinds import ACCOUNT, KINDS, PARTITION, REGION, Kind
from terrace.errors import TerraceError

_SUFFIX = ".template.json"
_UNKNOWN = "*"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": PARTITION,
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
_MADE_UP = "XXXXXXXXXXXX"  # CloudFormation's own part of a name


class UnreadableTemplates(TerraceError):
    """A folder that holds no synthesized templates."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource, its properties resolved."""

    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    arn: str | None
    families: tuple[str, ...]  # ARN patterns of all that belongs to it

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id}"


@dataclass
class _Stack:
    name: str
    template: Mapping[str, Any]
    known: dict[str, str] = field(default_factory=dict)


class Templates:
    """The templates of a cloud assembly."""

    def __init__(self, templates: Mapping[str, Mapping[str, Any]]) -> None:
        self._stacks = {name: _Stack(name=name, template=t) for name, t in templates.items()}
        self._exports = {
            json.dumps(output["Export"]["Name"]): (stack, output["Value"])
            for stack in self._stacks.values()
            for output in stack.template.get("Outputs", {}).values()
            if "Export" in output
        }

    @classmethod
    def of(cls, folder: Path) -> "Templates":
        """Those in the folder that `cdk synth` wrote.

        Raises:
            UnreadableTemplates: There are none, or one is no JSON.
        """
        paths = sorted(folder.glob(f"*{_SUFFIX}"))
        if not paths:
            raise UnreadableTemplates(
                f"{folder}: no *{_SUFFIX} there; expected what cdk synth writes"
            )
        try:
            return cls(
                {path.name.removesuffix(_SUFFIX): json.loads(path.read_bytes()) for path in paths}
            )
        except ValueError as error:
            raise UnreadableTemplates(f"{folder}: a template is no JSON: {error}") from error

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks' names."""
        return tuple(self._stacks)

    def resources(self, stack: str) -> Iterator[Resource]:
        """The resources of a stack."""
        told = self._stacks[stack]
        for logical_id, resource in told.template.get("Resources", {}).items():
            properties = self._resolved(told, resource.get("Properties", {}))
            kind = KINDS.get(resource["Type"])
            name = self._named(told, logical_id)
            yield Resource(
                stack=stack,
                logical_id=logical_id,
                type=resource["Type"],
                properties=properties,
                arn=_filled(kind.arn, name, properties) if kind else None,
                families=tuple(_families(kind, name, properties)) if kind else (),
            )

    def _name(self, stack: _Stack, logical_id: str) -> str:
        resource = stack.template["Resources"][logical_id]
        kind = KINDS.get(resource["Type"])
        properties = resource.get("Properties", {})
        name = f"{stack.name}-{logical_id}-{_MADE_UP}"
        if kind and kind.name in properties:
            name = str(self._resolved(stack, properties[kind.name]))
        if kind and kind.within in properties:
            return f"{self._resolved(stack, properties[kind.within])}/{name}"
        return name

    def _resolved(self, stack: _Stack, value: Any) -> Any:
        if isinstance(value, Mapping):
            if len(value) == 1:
                ((function, argument),) = value.items()
                if function == "Ref" or function.startswith("Fn::"):
                    return self._function(stack, function, argument)
            return {key: self._resolved(stack, part) for key, part in value.items()}
        if isinstance(value, list):
            found = [self._resolved(stack, part) for given in value for part in _ways(given)]
            return [part for part in found if part is not None]
        return value

    def _function(self, stack: _Stack, function: str, argument: Any) -> Any:
        match function:
            case "Ref":
                return self._ref(stack, argument)
            case "Fn::GetAtt":
                return self._attribute(stack, argument)
            case "Fn::ImportValue":
                return self._import(argument)
            case "Fn::Join":
                parts = self._resolved(stack, argument[1])
                return (
                    str(argument[0]).join(map(str, parts)) if isinstance(parts, list) else _UNKNOWN
                )
            case "Fn::Sub":
                return self._substituted(stack, argument)
            case "Fn::If":
                ways = [self._resolved(stack, way) for way in argument[1:]]
                return ways[0] if ways[0] == ways[1] else _UNKNOWN
            case "Fn::Select" | "Fn::Split":
                return self._piece(stack, function, argument)
            case _:
                return _UNKNOWN

    def _ref(self, stack: _Stack, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name == "AWS::NoValue":
            return None
        if name == "AWS::StackName":
            return stack.name
        if name not in stack.template.get("Resources", {}):
            return _UNKNOWN
        kind = KINDS.get(stack.template["Resources"][name]["Type"])
        return self._arn(stack, name) if kind and kind.ref_is_arn else self._named(stack, name)

    def _named(self, stack: _Stack, logical_id: str) -> str:
        if logical_id not in stack.known:
            stack.known[logical_id] = self._name(stack, logical_id)
        return stack.known[logical_id]

    def _arn(self, stack: _Stack, logical_id: str) -> str:
        resource = stack.template["Resources"][logical_id]
        kind = KINDS.get(resource["Type"])
        if kind is None:
            return _UNKNOWN
        properties = resource.get("Properties", {})
        wanted = re.findall(r"\{(\w+)\}", kind.arn)
        told = {
            p: self._resolved(stack, properties.get(p, _default(p))) for p in wanted if p != "name"
        }
        return _filled(kind.arn, self._named(stack, logical_id), told)

    def _attribute(self, stack: _Stack, argument: Any) -> Any:
        logical_id, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        if attribute.endswith("Arn"):
            found = self._arn(stack, logical_id)
            kind = stack.template["Resources"][logical_id]["Type"]
            return f"{found}:*" if kind == "AWS::Logs::LogGroup" else found
        if attribute.endswith("Name") or attribute == "KeyId":
            return self._named(stack, logical_id)
        return _UNKNOWN

    def _import(self, argument: Any) -> Any:
        exporting = self._exports.get(json.dumps(argument))
        return self._resolved(*exporting) if exporting else _UNKNOWN

    def _substituted(self, stack: _Stack, argument: Any) -> str:
        text, given = argument if isinstance(argument, list) else (argument, {})

        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name in given:
                return str(self._resolved(stack, given[name]))
            if "." in name:
                return str(self._attribute(stack, name))
            return str(self._ref(stack, name))

        return re.sub(r"\$\{!", "${", re.sub(r"\$\{([^!}][^}]*)\}", value, str(text)))

    def _piece(self, stack: _Stack, function: str, argument: Any) -> Any:
        if function == "Fn::Split":
            text = self._resolved(stack, argument[1])
            return str(text).split(argument[0])
        parts = self._resolved(stack, argument[1])
        place = int(argument[0])
        if not isinstance(parts, list) or place >= len(parts):
            return _UNKNOWN
        return parts[place]


def _ways(member: Any) -> list[Any]:
    """What a list's member may come to: what is given under a condition may be given."""
    if isinstance(member, Mapping) and list(member) == ["Fn::If"]:
        return list(member["Fn::If"][1:])
    return [member]


def _default(variable: str) -> str:
    return "/" if variable == "Path" else "default"


def _filled(pattern: str, name: str, properties: Mapping[str, Any]) -> str:
    told = {key: value for key, value in properties.items() if isinstance(value, str)}
    return re.sub(
        r"\{(\w+)\}",
        lambda found: name if found[1] == "name" else told.get(found[1], _default(found[1])),
        pattern,
    )


def _families(kind: Kind, name: str, properties: Mapping[str, Any]) -> Iterator[str]:
    arn = _filled(kind.arn, name, properties)
    yield arn
    yield from (arn + end for end in kind.below)
    yield from (_filled(pattern, name, properties) for pattern in kind.beside)
