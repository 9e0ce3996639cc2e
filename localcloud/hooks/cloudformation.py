"""Adds a CloudFormation resource type that MiniStack lacks."""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
# (logical id, properties, stack name) -> (physical id, attributes)
Create = Callable[[str, Properties, str], tuple[str, dict[str, Any]]]
# (physical id, old properties, new properties, stack name) -> (physical id, attributes)
Update = Callable[[str, Properties, Properties, str], tuple[str, dict[str, Any]]]
# (physical id, properties)
Delete = Callable[[str, Properties], None]


def add_resource_type(name: str, *, create: Create, update: Update, delete: Delete) -> None:
    """Lets CloudFormation create, update and delete resources of one more type."""
    provisioners._RESOURCE_HANDLERS[name] = {"create": create, "update": update, "delete": delete}
