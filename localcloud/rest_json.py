"""Requests of services whose operation is in method and path, by AWS's own description of them."""

import json
import re
from functools import cache
from typing import Any

_LABEL = re.compile(r"\{(\w+)\}")


def asked(service: Any, method: str, path: str, query: dict[str, Any], body: bytes) -> tuple[
    str, dict[str, Any]
]:  # fmt: skip
    """The operation that a request names, and its parameters; no name where there is none."""
    for name in service.operation_names:
        operation = service.operation_model(name)
        if operation.http["method"] == method and (
            found := _pattern(operation.http["requestUri"]).fullmatch(path)
        ):
            members = operation.input_shape.members if operation.input_shape else {}
            parameters = _body(operation, body) | found.groupdict()
            for member, shape in members.items():
                told = shape.serialization.get("name", member)
                if shape.serialization.get("location") == "querystring" and told in query:
                    parameters[member] = _given(query[told], shape)
            return name, parameters
    return "", {}


def _body(operation: Any, body: bytes) -> dict[str, Any]:
    """The members in a request's body, which may be one member's value and nothing else."""
    shape = operation.input_shape
    if shape is not None and (payload := shape.serialization.get("payload")):
        kind = shape.members[payload].type_name
        return {payload: body if kind == "blob" else json.loads(body or b"{}")}
    return dict(json.loads(body or b"{}"))


@cache
def _pattern(uri: str) -> re.Pattern[str]:
    return re.compile(_LABEL.sub(r"(?P<\1>[^/]+)", uri))


def _given(value: Any, shape: Any) -> Any:
    values = value if isinstance(value, list) else [value]
    if shape.type_name == "list":
        return values
    return int(values[0]) if shape.type_name in ("integer", "long") else values[0]
