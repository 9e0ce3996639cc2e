"""The keywords of a resource schema, each a question about one value."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import regex

from localcloud.cloudformation.patterns import compiled
from localcloud.cloudformation.unknown_values import holds_unknown

JAVA_TYPES = {
    "string": "String",
    "integer": "Integer",
    "number": "Number",
    "boolean": "Boolean",
    "object": "JSONObject",
    "array": "JSONArray",
    "null": "Null",
}
_INTEGER = regex.compile(r"[+-]?\d+(\.0*)?")


def listed(value: Any) -> Sequence[Any]:
    """A keyword's value as a list."""
    return value if isinstance(value, list) else [value]


def java_type(value: Any) -> str:
    """What CloudFormation's messages call a value's type."""
    if value is None or isinstance(value, bool):
        return "Null" if value is None else "Boolean"
    names = {str: "String", int: "Integer", float: "Number", dict: "JSONObject", list: "JSONArray"}
    return names.get(type(value), "Object")


def has_type(value: Any, kinds: Any) -> bool:
    """Whether a value is of one of the types, after CloudFormation's conversions."""
    return any(_TYPES.get(kind, lambda _: True)(value) for kind in listed(kinds))


def _is_primitive(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _is_integer(value: Any) -> bool:
    return _is_primitive(value) and _INTEGER.fullmatch(str(value)) is not None


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and _number(value) is not None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": _is_primitive,
    "integer": lambda value: not isinstance(value, bool) and _is_integer(value),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool) or str(value).lower() in ("true", "false"),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_text(question: Callable[[str, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: not _is_primitive(value) or question(_text(value), wanted)


def _of_number(question: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def ask(value: Any, wanted: Any) -> bool:
        number = _number(value)
        return number is None or isinstance(value, bool) or question(number, float(wanted))

    return ask


def _of_size(
    kind: type[list[Any]] | type[dict[str, Any]], question: Callable[[int, int], bool]
) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: not isinstance(value, kind) or question(len(value), wanted)


def _unique(value: Any, wanted: Any) -> bool:
    if not wanted or not isinstance(value, list):
        return True
    texts = [json.dumps(item, sort_keys=True) for item in value if not holds_unknown(item)]
    return len(texts) == len(set(texts))


def _listed_value(value: Any, wanted: Any) -> bool:
    if not _is_primitive(value):
        return value in wanted
    return _text(value) in [_text(one) for one in wanted]


# The value and the keyword's own value -> whether the value is allowed.
SIMPLE: Mapping[str, Callable[[Any, Any], bool]] = {
    "const": lambda value, wanted: _listed_value(value, [wanted]),
    "enum": _listed_value,
    "enumCaseInsensitive": lambda value, wanted: _listed_value(
        _text(value).lower(), [_text(one).lower() for one in wanted]
    ),
    "pattern": _of_text(lambda value, wanted: compiled(wanted).search(value) is not None),
    "minLength": _of_text(lambda value, wanted: len(value) >= int(wanted)),
    "maxLength": _of_text(lambda value, wanted: len(value) <= int(wanted)),
    "minimum": _of_number(lambda value, wanted: value >= wanted),
    "maximum": _of_number(lambda value, wanted: value <= wanted),
    "exclusiveMinimum": _of_number(lambda value, wanted: value > wanted),
    "exclusiveMaximum": _of_number(lambda value, wanted: value < wanted),
    "multipleOf": _of_number(lambda value, wanted: value % wanted == 0),
    "minItems": _of_size(list, lambda size, wanted: size >= wanted),
    "maxItems": _of_size(list, lambda size, wanted: size <= wanted),
    "minProperties": _of_size(dict, lambda size, wanted: size >= wanted),
    "maxProperties": _of_size(dict, lambda size, wanted: size <= wanted),
    "uniqueItems": _unique,
}


def missing(part: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[str]:
    """Messages about members that must or must not be there together."""
    for name in part.get("required", ()):
        if name not in value:
            yield f"required key [{name}] not found"
    yield from _dependent(part, value)
    if (names := part.get("requiredXor")) and sum(name in value for name in names) != 1:
        yield f"only one of {names} is a required property"
    if (names := part.get("requiredOr")) and not any(name in value for name in names):
        yield f"at least one of {names} is a required property"


def _dependent(part: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[str]:
    needed = {**part.get("dependencies", {}), **part.get("dependentRequired", {})}
    for name in needed.keys() & value.keys():
        for other in needed[name] if isinstance(needed[name], list) else ():
            if other not in value:
                yield f"property [{other}] is required by [{name}]"
    excluded = part.get("dependentExcluded", {})
    for name in excluded.keys() & value.keys():
        for other in value.keys() & set(excluded[name]):
            yield f"property [{other}] is not allowed together with [{name}]"


def schemas_of_member(part: Mapping[str, Any], name: str) -> Sequence[Any] | None:
    """The schemas of one member; None where it is not permitted."""
    if name in part.get("properties", {}):
        return [part["properties"][name]]
    patterns = part.get("patternProperties", {})
    if found := [schema for pattern, schema in patterns.items() if compiled(pattern).search(name)]:
        return found
    additional = part.get("additionalProperties", True)
    if additional is False:
        return None
    return [additional] if isinstance(additional, dict) else []


def schema_of_item(part: Mapping[str, Any], position: int) -> Any:
    """The schema of an item at a position; None where there is none."""
    tuples = part.get("prefixItems") or (part["items"] if _is_list(part.get("items")) else [])
    if position < len(tuples):
        return tuples[position]
    return None if _is_list(part.get("items")) else part.get("items")


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
