"""CloudFormation: resource types that MiniStack lacks, and who acts for a stack."""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
_NESTED = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Whose rights a stack operation uses: its service role's, or else its caller's."""

    access_key: str
    role_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a stack is about to do to one of its resources."""

    action: str  # create, update or delete
    type_name: str
    logical_id: str
    stack: str
    # As they will be; on a deletion as they are.
    properties: Properties
    # As they are, on an update.
    previous: Properties | None = None
    # None before the resource exists.
    physical_id: str | None = None


# Raises to refuse a change.
Check = Callable[[Change], None]

# Set while a request is served; the operation that it starts inherits it.
operator: contextvars.ContextVar[Operator] = contextvars.ContextVar("localcloud_stack_operator")

_OURS: set[str] = set()
_own_thread = stacks._runs_on_worker_thread
_checks: list[Check] = []
# Whether a change that was checked is under way, and the type of its resource.
_changing: contextvars.ContextVar[str] = contextvars.ContextVar("localcloud_changing", default="")


def add_resource_type(name: str, *, create: Create, update: Update, delete: Delete) -> None:
    """Lets CloudFormation create, update and delete resources of one more type.

    The three are called on a thread of their own, so they may call any AWS API. `update` is not
    called where a change replaces the resource.
    """
    provisioners._RESOURCE_HANDLERS[name] = {"create": create, "update": update, "delete": delete}
    run_on_own_thread(name)


def run_on_own_thread(name: str) -> None:
    """Lets what a resource type does take its time, and call any AWS API."""
    _OURS.add(name)
    stacks._runs_on_worker_thread = lambda kind: kind in _OURS or _own_thread(kind)


def changing_type() -> str:
    """The type of the resource that is being created, updated or deleted; empty outside."""
    return _changing.get()


def check_changes_with(check: Check) -> None:
    """Lets `check` refuse what a stack does to a resource."""
    if not _checks:
        _watch_changes()
    _checks.append(check)


@contextmanager
def _checked(change: Change) -> Iterator[None]:
    # What a resource's own handler calls belongs to the change that was checked already.
    if _changing.get() in ("", _NESTED):
        token = _changing.set(change.type_name)
        try:
            for check in _checks:
                check(change)
            yield
        finally:
            _changing.reset(token)
    else:
        yield


def _watch_changes() -> None:
    provision, update, delete = (
        provisioners._provision_resource,
        provisioners._update_resource,
        provisioners._delete_resource,
    )

    def provision_checked(kind: str, logical_id: str, props: Properties, stack: str) -> Any:
        change = Change(
            action="create", type_name=kind, logical_id=logical_id, stack=stack, properties=props
        )
        with _checked(change):
            return provision(kind, logical_id, props, stack)

    def update_checked(kind: str, physical_id: str, old: Properties, new: Properties,
                       stack: str, logical_id: str = "", *more: Any) -> Any:  # fmt: skip
        if old == new:
            return update(kind, physical_id, old, new, stack, logical_id, *more)
        replaces = provisioners._replacing_change(kind, old, new)
        change = Change(
            action="create" if replaces else "update", type_name=kind, stack=stack, properties=new,
            logical_id=logical_id, previous=None if replaces else old,
            physical_id=None if replaces else physical_id,
        )  # fmt: skip
        with _checked(change):
            return update(kind, physical_id, old, new, stack, logical_id, *more)

    def delete_checked(kind: str, physical_id: str, props: Properties, stack: str = "",
                       logical_id: str = "") -> Any:  # fmt: skip
        change = Change(
            action="delete", type_name=kind, logical_id=logical_id, stack=stack, properties=props,
            physical_id=physical_id,
        )  # fmt: skip
        with _checked(change):
            return delete(kind, physical_id, props, stack, logical_id)

    for module in (provisioners, stacks):
        module._provision_resource = provision_checked
        module._update_resource = update_checked
        module._delete_resource = delete_checked
