"""CloudFormation: resource types that MiniStack lacks, and who acts for a stack."""

import contextvars
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

Properties = dict[str, Any]
# (logical id, properties, stack name) -> (physical id, attributes)
Create = Callable[[str, Properties, str], tuple[str, dict[str, Any]]]
# (physical id, old properties, new properties, stack name) -> (physical id, attributes)
Update = Callable[[str, Properties, Properties, str], tuple[str, dict[str, Any]]]
# (physical id, properties)
Delete = Callable[[str, Properties], None]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Whose rights a stack operation uses: its service role's, or else its caller's."""

    access_key: str
    role_arn: str | None = None


# Set while a request is served; the operation that it starts inherits it.
operator: contextvars.ContextVar[Operator] = contextvars.ContextVar("localcloud_stack_operator")

_OURS: set[str] = set()
_own_thread = stacks._runs_on_worker_thread


def add_resource_type(name: str, *, create: Create, update: Update, delete: Delete) -> None:
    """Lets CloudFormation create, update and delete resources of one more type.

    The three are called on a thread of their own, so they may call any AWS API.
    """
    provisioners._RESOURCE_HANDLERS[name] = {"create": create, "update": update, "delete": delete}
    run_on_own_thread(name)


def run_on_own_thread(name: str) -> None:
    """Lets what a resource type does take its time, and call any AWS API."""
    _OURS.add(name)
    stacks._runs_on_worker_thread = lambda kind: kind in _OURS or _own_thread(kind)


# (resource type, properties, name by which a policy may know it, what is done) raises to refuse
Check = Callable[[str, Properties, str, str], None]


def check_changes_with(check: Check) -> None:
    """Lets `check` refuse what a stack does to a resource: `create`, `update` or `delete`."""
    provision, update, delete = (
        stacks._provision_resource,
        stacks._update_resource,
        stacks._delete_resource,
    )

    def provision_checked(kind: str, logical_id: str, props: Properties, stack: str) -> Any:
        check(kind, props, f"{stack}-{logical_id}", "create")
        return provision(kind, logical_id, props, stack)

    def update_checked(kind: str, physical_id: str, old: Properties, new: Properties,
                       *more: Any) -> Any:  # fmt: skip
        if old != new:
            check(kind, new, physical_id, "update")
        return update(kind, physical_id, old, new, *more)

    def delete_checked(kind: str, physical_id: str, props: Properties, *more: Any) -> Any:
        check(kind, props, physical_id, "delete")
        return delete(kind, physical_id, props, *more)

    stacks._provision_resource = provision_checked
    stacks._update_resource = update_checked
    stacks._delete_resource = delete_checked
