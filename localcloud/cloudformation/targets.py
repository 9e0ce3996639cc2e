"""The ARNs that an action of a resource handler concerns: the resource's own, or what it names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from localcloud.cloudformation.iam_reference import VARIABLE, Kind
from localcloud.cloudformation.replacement import name_property
from localcloud.cloudformation.schemas import Schema, resolved
from localcloud.hooks.cloudformation import Change
from localcloud.hooks.replacing import physical_name

ANY = "*"
_PATH = re.compile(r"\{([\w/]+)\}")


@dataclass(frozen=True)
class Place:
    """Where the stack's resources are."""

    region: str
    account: str


class Subject:
    """A resource that a stack changes, as IAM knows it."""

    def __init__(self, change: Change, schema: Schema, place: Place) -> None:
        self._change, self._schema, self._place = change, schema, place

    @cached_property
    def named_arns(self) -> Sequence[str]:
        """The ARNs in the resource's properties, free-form parts like policies left aside."""
        texts = _texts(self._schema.document, self._schema.document, self._change.properties)
        return [text for text in dict.fromkeys(texts) if text.startswith("arn:")]

    def arns(self, kind: Kind) -> Sequence[str]:
        """The ARNs of a kind that the resource is, names, or is a part of; empty: none."""
        physical_id = self._change.physical_id or ""
        if physical_id.startswith("arn:") and kind.matches(physical_id):
            return [physical_id]
        if self.is_own(kind):
            return [self.fill(kind)]
        if named := [arn for arn in self.named_arns if kind.matches(arn)]:
            return named
        filled = self.fill(kind)
        return [] if ANY in filled else [filled]

    def filled_in(self, patterns: Sequence[str]) -> Iterator[str]:
        """Patterns with properties in the place of their paths, where all of them are set."""
        places = {"region": self._place.region, "account": self._place.account}
        for pattern in patterns:
            values = {path: places.get(path) or self._at(path) for path in _PATH.findall(pattern)}
            if all(isinstance(value, str) for value in values.values()):
                yield _PATH.sub(lambda found: str(values[found[1]]), pattern)  # noqa: B023

    def _at(self, path: str) -> Any:
        value: Any = self._change.properties
        for part in path.split("/"):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def is_own(self, kind: Kind) -> bool:
        """Whether the resource itself is of this kind."""
        own = self._schema.type_name.rpartition("::")[2]
        return _plain(own) == _plain(kind.name)

    def fill(self, kind: Kind) -> str:
        """The kind's ARN with what is known of it, and `*` for what is not."""
        return str(VARIABLE.sub(lambda found: self._value(found[1], kind), kind.arn))

    def _value(self, variable: str, kind: Kind) -> str:
        fixed = {"Partition": "aws", "Region": self._place.region, "Account": self._place.account}
        if variable in fixed:
            return fixed[variable]
        if self.is_own(kind) and variable == _last_variable(kind):
            path = str(self._change.properties.get("Path", "/")).lstrip("/")
            return (path if variable.endswith("WithPath") else "") + self._own_name
        return self._property(variable)

    def _property(self, variable: str) -> str:
        stem = variable.removesuffix("Name").removesuffix("Id")
        for name in (variable, stem, f"{stem}Name", f"{stem}Arn"):
            value = self._properties.get(_plain(name))
            if isinstance(value, str) and value:
                return value.rpartition(":")[2] if value.startswith("arn:") else value
        return ANY

    @cached_property
    def _properties(self) -> Mapping[str, Any]:
        return {_plain(name): value for name, value in self._change.properties.items()}

    @cached_property
    def _own_name(self) -> str:
        name = name_property(self._schema.type_name, self._place.region)
        if name and (chosen := self._change.properties.get(name)):
            return str(chosen)
        if physical_id := self._change.physical_id:
            return str(physical_id.rpartition("/")[2] if "://" in physical_id else physical_id)
        return physical_name(self._change.stack, self._change.logical_id) if name else ANY


def _last_variable(kind: Kind) -> str:
    return str(VARIABLE.findall(kind.arn)[-1])


def _plain(name: str) -> str:
    """A name as IAM and CloudFormation both might write it."""
    plain = "".join(letter for letter in name.lower() if letter.isalnum())
    return plain.replace("configuration", "config")


def _texts(document: Mapping[str, Any], part: Any, value: Any) -> Iterator[str]:
    """The texts in a value where its schema has a member of its own for them."""
    part = resolved(document, part)
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(document, part.get("items", {}), item)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name in part.get("properties", {}):
                yield from _texts(document, part["properties"][name], member)
