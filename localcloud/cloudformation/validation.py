"""Properties against a resource schema, with CloudFormation's words for what is wrong.

CloudFormation converts between text, numbers and booleans, so `"5"` is an integer and `5` a text.
Its messages do not show the value; here it follows in parentheses, except that of a property which
AWS never shows again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.cloudformation import keywords
from localcloud.cloudformation.schemas import Schema, resolved
from localcloud.cloudformation.unknown_values import UNKNOWN, holds_unknown

_SHOWN = 120
Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One property that the schema refuses."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{'/'.join(('#', *self.path))}: {self.message}"


def violations(schema: Schema, properties: Mapping[str, Any]) -> list[Violation]:
    """What a resource's schema refuses in its properties; `UNKNOWN` parts are not judged."""
    read_only = [
        Violation(path=path, message=f"read-only property [{path[-1]}] cannot be specified")
        for path in _settable_never(schema)
        if _is_set(properties, path)
    ]
    document = {**schema.document, "type": "object"}
    found = [*read_only, *_Judge(schema)(document, dict(properties), ())]
    return list(dict.fromkeys(found))


def _settable_never(schema: Schema) -> list[Path]:
    """Read-only properties, without the few that a schema also lets its user set."""
    settable = {*schema.create_only, *schema.write_only}
    required = {(name,) for name in schema.document.get("required", [])}
    return [path for path in schema.read_only if path not in settable | required]


def _is_set(value: Any, path: Path) -> bool:
    if not path:
        return value is not None
    head, *rest = path
    if head == "*":
        parts = value.values() if isinstance(value, dict) else value
        return isinstance(value, dict | list) and any(_is_set(v, tuple(rest)) for v in parts)
    return isinstance(value, dict) and head in value and _is_set(value[head], tuple(rest))


class _Judge:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def __call__(self, part: Any, value: Any, path: Path) -> Iterator[Violation]:
        part = resolved(self._schema.document, part)
        if value is UNKNOWN:
            return
        if (kinds := part.get("type")) and not keywords.has_type(value, kinds):
            expected = " or ".join(keywords.JAVA_TYPES[k] for k in keywords.listed(kinds))
            message = f"expected type: {expected}, found: {keywords.java_type(value)}"
            yield self._violation(path, message, value)
            return
        for check in (self._simple, self._members, self._items, self._combined):
            yield from check(part, value, path)

    def _violation(self, path: Path, message: str, value: Any) -> Violation:
        if holds_unknown(value):
            return Violation(path=path, message=message)
        hidden = any(path[: len(p)] == p for p in self._schema.write_only)
        text = "****" if hidden else json.dumps(value, default=str)
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        return Violation(path=path, message=f"{message} (got {shown})")

    def _simple(self, part: Mapping[str, Any], value: Any, path: Path) -> Iterator[Violation]:
        for keyword in part.keys() & keywords.SIMPLE.keys():
            if not keywords.SIMPLE[keyword](value, part[keyword]):
                message = f"failed validation constraint for keyword [{keyword}]"
                yield self._violation(path, message, value)

    def _members(self, part: Mapping[str, Any], value: Any, path: Path) -> Iterator[Violation]:
        if not isinstance(value, dict):
            return
        for message in keywords.missing(part, value):
            yield Violation(path=path, message=message)
        for name, member in value.items():
            schemas = keywords.schemas_of_member(part, name)
            if schemas is None:
                message = f"extraneous key [{name}] is not permitted"
                yield self._violation(path, message, member)
                continue
            for schema in schemas:
                yield from self(schema, member, (*path, name))

    def _items(self, part: Mapping[str, Any], value: Any, path: Path) -> Iterator[Violation]:
        if not isinstance(value, list):
            return
        for position, item in enumerate(value):
            if schema := keywords.schema_of_item(part, position):
                yield from self(schema, item, (*path, str(position)))

    def _combined(self, part: Mapping[str, Any], value: Any, path: Path) -> Iterator[Violation]:
        for schema in part.get("allOf", ()):
            yield from self(schema, value, path)
        yield from self._alternatives(part, value, path)
        if "if" in part:
            branch = "then" if self._accepts(part["if"], value, path) else "else"
            yield from self(part.get(branch, {}), value, path)
        if "not" in part and not holds_unknown(value) and self._accepts(part["not"], value, path):
            yield self._violation(path, "subject must not be valid against schema [not]", value)

    def _alternatives(self, part: Mapping[str, Any], value: Any, path: Path) -> Iterator[Violation]:
        if "anyOf" in part and not self._matches(part["anyOf"], value, path):
            total = len(part["anyOf"])
            message = f"#: no subschema matched out of the total {total} subschemas"
            yield self._violation(path, message, value)
        if "oneOf" in part:
            count = self._matches(part["oneOf"], value, path)
            # Where several match, a part that is not known yet may decide.
            if count == 0 or (count > 1 and not holds_unknown(value)):
                message = f"#: {count} subschemas matched instead of one"
                yield self._violation(path, message, value)

    def _matches(self, schemas: Sequence[Any], value: Any, path: Path) -> int:
        return sum(self._accepts(schema, value, path) for schema in schemas)

    def _accepts(self, part: Any, value: Any, path: Path) -> bool:
        return next(self(part, value, path), None) is None
