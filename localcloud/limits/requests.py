"""What a request asks of a service: the operation and its parameters, whatever the protocol."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from localcloud import rest_json
from localcloud.hooks.services import Request
from localcloud.json_api import model_of

# MiniStack's name of a service, and botocore's.
SERVICES = {
    "apigateway": "apigateway",
    "cloudtrail": "cloudtrail",
    "ec2": "ec2",
    "ecr": "ecr",
    "events": "events",
    "firehose": "firehose",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "s3": "s3",
    "scheduler": "scheduler",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "stepfunctions",
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """An operation of a service."""

    service: str  # as MiniStack calls it
    operation: str
    parameters: dict[str, Any]

    @property
    def shape(self) -> Any:
        """What AWS describes as the operation's input."""
        return model_of(SERVICES[self.service]).operation_model(self.operation).input_shape


def read(service: str, request: Request) -> Call | None:
    """The call that a request makes; None where it is none that AWS describes."""
    found = _read(service, request)
    if found is None or found[0] not in model_of(SERVICES[service]).operation_names:
        return None
    operation, parameters = found
    return Call(service=service, operation=operation, parameters=parameters)


def _read(service: str, request: Request) -> tuple[str, dict[str, Any]] | None:
    if service == "s3":
        return _of_bucket(request)
    if target := request.headers.get("x-amz-target", ""):
        parameters = _object(request.body)
        return None if parameters is None else (target.rpartition(".")[2], parameters)
    model = model_of(SERVICES[service])
    if model.protocol.startswith("rest"):
        return _of_path(model, request)
    return _of_form(model, request)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _of_bucket(request: Request) -> tuple[str, dict[str, Any]] | None:
    """Of S3 only what has a limit here."""
    if request.method != "PUT" or "policy" not in request.query:
        return None
    bucket = unquote(request.path).strip("/")
    return "PutBucketPolicy", {"Bucket": bucket, "Policy": request.body.decode()}


def _of_path(model: Any, request: Request) -> tuple[str, dict[str, Any]] | None:
    try:
        operation, parameters = rest_json.asked(
            model, request.method, unquote(request.path), request.query, request.body
        )
    except ValueError:
        return None
    if not operation:
        return None
    shape = model.operation_model(operation).input_shape
    return operation, parameters | _of_headers(shape, request.headers)


def _of_headers(shape: Any, headers: dict[str, str]) -> dict[str, str]:
    """The parameters that are in headers, such as how a function is invoked."""
    wires = {name: member.serialization for name, member in shape.members.items()} if shape else {}
    names = {
        name: wire.get("name", name).lower()
        for name, wire in wires.items()
        if wire.get("location") == "header"
    }
    return {name: headers[header] for name, header in names.items() if header in headers}


def _of_form(model: Any, request: Request) -> tuple[str, dict[str, Any]] | None:
    try:
        body = parse_qs(request.body.decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        return None
    fields = {**request.query, **body}
    form = {key: value[0] if isinstance(value, list) else value for key, value in fields.items()}
    operation = str(form.pop("Action", ""))
    if operation not in model.operation_names:
        return None
    shape = model.operation_model(operation).input_shape
    parameters = _nested(shape, "", form, model.protocol) if shape else None
    return operation, parameters or {}


def _nested(shape: Any, prefix: str, form: dict[str, str], protocol: str) -> Any:
    """The value of a shape out of a form's flat names; None where there is none."""
    if shape.type_name == "structure":
        dot = f"{prefix}." if prefix else ""
        found = {
            name: _nested(member, f"{dot}{_wire_name(name, member, protocol)}", form, protocol)
            for name, member in shape.members.items()
        }
        return {name: value for name, value in found.items() if value is not None} or None
    if shape.type_name == "list":
        return _items(shape, prefix, form, protocol) or None
    if shape.type_name == "map":
        return _entries(shape, prefix, form) or None
    value = form.get(prefix)
    if value is not None and shape.type_name in ("integer", "long"):
        return int(value) if value.lstrip("-").isdigit() else value
    return value


def _wire_name(name: str, shape: Any, protocol: str) -> str:
    wire = shape.serialization
    if protocol == "ec2":
        told = wire.get("queryName") or wire.get("name", name)
        return str(told[:1].upper() + told[1:])
    return str(wire.get("name", name))


def _items(shape: Any, prefix: str, form: dict[str, str], protocol: str) -> list[Any]:
    flat = shape.serialization.get("flattened") or protocol == "ec2"
    start = prefix if flat else f"{prefix}.{shape.member.serialization.get('name', 'member')}"
    found: list[Any] = []
    while (value := _nested(shape.member, f"{start}.{len(found) + 1}", form, protocol)) is not None:
        found.append(value)
    return found


def _entries(shape: Any, prefix: str, form: dict[str, str]) -> dict[str, str]:
    start = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
    key, value = (part.serialization.get("name", name)
                  for part, name in ((shape.key, "key"), (shape.value, "value")))  # fmt: skip
    found: dict[str, str] = {}
    while (name := form.get(f"{start}.{len(found) + 1}.{key}")) is not None:
        found[name] = form.get(f"{start}.{len(found) + 1}.{value}", "")
    return found
