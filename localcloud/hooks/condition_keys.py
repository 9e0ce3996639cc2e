"""CloudFormation's condition keys of a request, which MiniStack leaves out of IAM's evaluation."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions

# The parameter behind each key; a list has members, numbered from 1
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html).
_TEXTS = {
    "cloudformation:rolearn": "RoleARN",
    "cloudformation:templateurl": "TemplateURL",
    "cloudformation:stackpolicyurl": "StackPolicyURL",
    "cloudformation:changesetname": "ChangeSetName",
}
_RESOURCE_TYPES = "ResourceTypes.member."


def install() -> None:
    """Adds the keys to those of the tags that a request sets."""
    known = iam_actions.request_tag_context

    def context(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        tags: dict[str, Any] = known(service, action, body, params)
        return {**_cloudformation(body, params), **tags} if service == "cloudformation" else tags

    iam_actions.request_tag_context = context


def _cloudformation(body: bytes, params: Mapping[str, Any]) -> dict[str, Any]:
    request = {**params, **_read(body)}
    texts = {key: _text(request[name]) for key, name in _TEXTS.items() if request.get(name)}
    types = [_text(value) for name, value in request.items() if name.startswith(_RESOURCE_TYPES)]
    return {**texts, **({"cloudformation:resourcetypes": types} if types else {})}


def _read(body: bytes) -> dict[str, Any]:
    if body[:1] != b"{":
        return dict(parse_qs(body.decode()))
    content: dict[str, Any] = json.loads(body)
    types = content.pop("ResourceTypes", [])
    return {**content, **{f"{_RESOURCE_TYPES}{n}": kind for n, kind in enumerate(types)}}


def _text(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)
