"""From a template's properties to an API's parameters."""

from typing import Any

from localcloud.json_api import model_of

Properties = dict[str, Any]


def typed(service: str, operation: str, properties: Properties) -> Properties:
    """Properties as the API's parameters: what a template says as text becomes a number again.

    What the operation does not know is left out; names differ in the case of their first letter
    where a service's API writes them so.
    """
    return dict(_typed(properties, model_of(service).operation_model(operation).input_shape))


def _typed(value: Any, shape: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        names = {name.lower(): name for name in shape.members}
        known = {names[k.lower()]: v for k, v in value.items() if k.lower() in names}
        return {name: _typed(v, shape.members[name]) for name, v in known.items()}
    if kind == "list":
        return [_typed(item, shape.member) for item in value]
    if kind == "map":
        return {k: _typed(v, shape.value) for k, v in value.items()}
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    return str(value).lower() == "true" if kind == "boolean" else str(value)
