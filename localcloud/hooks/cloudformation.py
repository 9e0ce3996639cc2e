"""CloudFormation: resource types that MiniStack lacks, and who acts for a stack."""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
_WITH_UPDATE_POLICY = {
    "AWS::AppStream::Fleet",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Lambda::Alias",
    "AWS::OpenSearchService::Domain",
}


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
    # How the template wants the resource to be updated.
    update_policy: Properties = field(default_factory=dict)


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


def _update_policy(kind: str, stack: str, logical_id: str) -> Properties:
    if kind not in _WITH_UPDATE_POLICY:
        return {}
    definition = provisioners._cfn_wait_condition_definition(stack, logical_id)
    return dict(definition.get("UpdatePolicy") or {})


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
    provision = _provision_checked(provisioners._provision_resource)
    update = _update_checked(provisioners._update_resource)
    delete = _delete_checked(provisioners._delete_resource)
    for module in (provisioners, stacks):
        module._provision_resource = provision
        module._update_resource = update
        module._delete_resource = delete


def _provision_checked(provision: Callable[..., Any]) -> Callable[..., Any]:
    def checked(kind: str, logical_id: str, properties: Properties, stack: str) -> Any:
        change = Change(
            action="create", type_name=kind, logical_id=logical_id, stack=stack,
            properties=properties,
        )  # fmt: skip
        with _checked(change):
            return provision(kind, logical_id, properties, stack)

    return checked


def _update_checked(update: Callable[..., Any]) -> Callable[..., Any]:
    def checked(kind: str, physical_id: str, old: Properties, new: Properties, stack: str,
                logical_id: str = "", *more: Any) -> Any:  # fmt: skip
        given = (kind, physical_id, old, new, stack, logical_id, *more)
        if old == new:
            return update(*given)
        common: Properties = {
            "type_name": kind, "logical_id": logical_id, "stack": stack, "properties": new,
        }  # fmt: skip
        if provisioners._replacing_change(kind, old, new):
            change = Change(action="create", **common)
        else:
            policy = _update_policy(kind, stack, logical_id)
            change = Change(
                action="update", previous=old, physical_id=physical_id, update_policy=policy,
                **common,
            )  # fmt: skip
        with _checked(change):
            return update(*given)

    return checked


def _delete_checked(delete: Callable[..., Any]) -> Callable[..., Any]:
    def checked(kind: str, physical_id: str, properties: Properties, stack: str = "",
                logical_id: str = "") -> Any:  # fmt: skip
        change = Change(
            action="delete", type_name=kind, logical_id=logical_id, stack=stack,
            properties=properties, physical_id=physical_id,
        )  # fmt: skip
        with _checked(change):
            return delete(kind, physical_id, properties, stack, logical_id)

    return checked
