"""What a service's API description says of values beyond their types: ranges, lengths, enums.

botocore's clients leave these to the service, which refuses a request that breaks one.
"""

from collections.abc import Iterator
from typing import Any

_NUMBERS = ("integer", "long", "float", "double")
_SIZED = ("string", "list", "map")


def violations(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """Each constraint that a value breaks, in AWS's words.

    Args:
        value: Of the type that the shape has.
        shape: botocore's description of it.
        path: Where the value is in the request.
    """
    yield from _own(value, shape, path)
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            for name, inner in value.items():
                if name in shape.members:
                    yield from violations(inner, shape.members[name], _joined(path, name))
        case "list" if isinstance(value, list):
            for place, item in enumerate(value, start=1):
                yield from violations(item, shape.member, f"{path}.{place}.member")
        case "map" if isinstance(value, dict):
            for key, item in value.items():
                yield from violations(item, shape.value, _joined(path, key))


def _joined(path: str, name: str) -> str:
    own = name[:1].lower() + name[1:]
    return f"{path}.{own}" if path else own


def _own(value: Any, shape: Any, path: str) -> Iterator[str]:
    limits: dict[str, Any] = shape.metadata
    if shape.type_name in _NUMBERS and isinstance(value, (int, float)):
        yield from _range(value, value, limits, path, "have value")
    if shape.type_name in _SIZED and hasattr(value, "__len__"):
        yield from _range(value, len(value), limits, path, "have length")
    if (allowed := limits.get("enum")) and isinstance(value, str) and value not in allowed:
        yield _refused(value, path, f"satisfy enum value set: [{', '.join(allowed)}]")


def _range(
    value: Any, measured: float, limits: dict[str, Any], path: str, verb: str
) -> Iterator[str]:
    if "max" in limits and measured > limits["max"]:
        yield _refused(value, path, f"{verb} less than or equal to {limits['max']}")
    if "min" in limits and measured < limits["min"]:
        yield _refused(value, path, f"{verb} greater than or equal to {limits['min']}")


def _refused(value: Any, path: str, rule: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"
