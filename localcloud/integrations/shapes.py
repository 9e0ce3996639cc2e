"""Parameters and answers of an API in Step Functions' own spelling.

Step Functions writes every member in Pascal case, whatever the API has, and leaves the keys of
maps (a DynamoDB item's attributes, tags) as they are.
"""

import base64
import json
from datetime import datetime
from typing import Any

# Members of optimized integrations that take JSON where the API has a text.
_JSON_TEXTS = {"Detail", "Message", "MessageBody", "Input"}


def request(given: Any, shape: Any, *, texts: bool) -> Any:
    """A task's arguments as the API's parameters, each member in the API's own spelling."""
    if shape is None or given is None:
        return given or {}
    match shape.type_name:
        case "structure" if isinstance(given, dict):
            return _members(given, shape, texts=texts)
        case "list" if isinstance(given, list):
            return [request(item, shape.member, texts=texts) for item in given]
        case "map" if isinstance(given, dict):
            return {key: request(value, shape.value, texts=texts) for key, value in given.items()}
        case "blob" if not isinstance(given, str):
            return json.dumps(given)
    return given


def _members(given: dict[str, Any], shape: Any, *, texts: bool) -> dict[str, Any]:
    spelled = {name.lower(): name for name in shape.members}
    found = {}
    for key, value in given.items():
        name = spelled.get(key.lower(), key)
        if texts and _pascal(key) in _JSON_TEXTS and not isinstance(value, str):
            found[name] = json.dumps(value)
        elif name in shape.members:
            found[name] = request(value, shape.members[name], texts=texts)
        else:
            # botocore tells it, with the names that the API has.
            found[name] = value
    return found


def answer(value: Any, shape: Any) -> Any:
    """An API's answer as JSON: members in Pascal case, times as ISO 8601, streams as text."""
    if shape is None:
        return {}
    match shape.type_name:
        case "structure":
            members = shape.members
            return {_pascal(k): answer(v, members[k]) for k, v in value.items() if k in members}
        case "list":
            return [answer(item, shape.member) for item in value]
        case "map":
            return {key: answer(item, shape.value) for key, item in value.items()}
        case "blob":
            return _text(value.read() if hasattr(value, "read") else value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _text(value: bytes | str) -> str:
    try:
        return value if isinstance(value, str) else value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]
