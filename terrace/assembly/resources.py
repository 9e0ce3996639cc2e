"""A resource of a template, and what belongs to it by its kind."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from terrace.assembly.kinds import Kind
from terrace.assembly.symbols import UNKNOWN

NOTHING = object()  # AWS::NoValue


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as one variant of it is, its properties resolved.

    Attributes:
        arn: Its ARN, where its kind is known.
        families: ARN patterns of all that belongs to it.
        conditional: Whether it may not be there.
    """

    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    arn: str | None
    families: tuple[str, ...]
    conditional: bool = False

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id}"


def filled(pattern: str, name: str, properties: Mapping[str, Any]) -> str:
    """A kind's pattern with a resource's name and properties in their places."""

    def fill(match: re.Match[str]) -> str:
        if match[1] == "name":
            return name
        default = "/" if match[1] == "Path" else "default"
        return text_of(properties.get(match[1], default))

    return re.sub(r"\{(\w+)\}", fill, pattern)


def families(kind: Kind, name: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """The ARN patterns of all that belongs to a resource."""
    arn = filled(kind.arn, name, properties)
    yield arn
    yield from (arn + end for end in kind.below)
    yield from (filled(pattern, name, properties) for pattern in kind.beside)


def text_of(value: Any) -> str:
    """A resolved value as a part of a text; unknown where it is none."""
    if value is NOTHING:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else UNKNOWN
