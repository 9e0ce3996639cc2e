"""Values against what AWS's description of an API says: lengths, ranges, patterns, enums.

botocore ships them and checks only that members are there and of the right type. The services
check all of them.
"""

import base64
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

_SHOWN = 60


def violations(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """What a value has that its shape does not allow, in the words of AWS's services."""
    match shape.type_name:
        case "structure" | "list" | "map":
            yield from _of_parts(value, shape, path)
        case "string" if isinstance(value, str):
            yield from _length(len(value), value, shape, path)
            yield from _text(value, shape, path)
        case "blob":
            yield from _length(_blob_bytes(value), "a blob", shape, path)
        case "integer" | "long" | "float" | "double" if isinstance(value, (int, float)):
            yield from _range(value, shape, path)


def _of_parts(value: Any, shape: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from violations(value[name], member, _at(path, name))
    elif shape.type_name == "list" and isinstance(value, list):
        yield from _length(len(value), value, shape, path)
        for place, item in enumerate(value, start=1):
            yield from violations(item, shape.member, f"{path}.{place}.member")
    elif shape.type_name == "map" and isinstance(value, dict):
        yield from _length(len(value), value, shape, path)
        for key, item in value.items():
            yield from violations(key, shape.key, path)
            yield from violations(item, shape.value, f"{path}.{key}.member")


def _at(path: str, name: str) -> str:
    camel = name[:1].lower() + name[1:]
    return f"{path}.{camel}" if path else camel


def _blob_bytes(value: Any) -> int:
    if isinstance(value, str):
        try:
            return len(base64.b64decode(value, validate=True))
        except ValueError:
            return len(value.encode())
    return len(value) if isinstance(value, (bytes, bytearray)) else 0


def _length(count: int, value: Any, shape: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    if count < least:
        limit = f"Member must have length greater than or equal to {least}"
        yield _constraint(value, path, limit)
    if most is not None and count > most:
        yield _constraint(value, path, f"Member must have length less than or equal to {most}")


def _range(value: float, shape: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _constraint(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _constraint(value, path, f"Member must have value less than or equal to {most}")


def _text(value: str, shape: Any, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        allowed = ", ".join(shape.enum)
        yield _constraint(value, path, f"Member must satisfy enum value set: [{allowed}]")
    written = shape.metadata.get("pattern")
    pattern = _pattern(written) if written else None
    if pattern and not pattern.fullmatch(value):
        yield _constraint(value, path, f"Member must satisfy regular expression pattern: {written}")


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    """None for what Python's expressions do not know, such as classes of Unicode."""
    try:
        return re.compile(text)
    except re.error:
        return None


def _constraint(value: Any, path: str, limit: str) -> str:
    shown = str(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: {limit}"


def report(value: Any, shape: Any) -> str | None:
    """All violations as a service reports them, or None."""
    found = list(violations(value, shape))
    if not found:
        return None
    errors = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {errors} detected: {'; '.join(found)}"
