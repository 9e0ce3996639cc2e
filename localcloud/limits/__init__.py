"""Limits that AWS documents: sizes, counts and names, and roles that a service tries first.

Each part has checks by operation and by resource type, since MiniStack's stacks make their
resources without a request. What AWS's own descriptions of its APIs say (lengths, ranges,
patterns, enums) is checked of every request to the services in `requests.SERVICES`.
"""

from collections.abc import Iterator, Sequence

from localcloud import shapes
from localcloud.config import Config
from localcloud.hooks import cloudformation, identity, services
from localcloud.hooks import steps as steps_hook
from localcloud.hooks import zones as zones_hook
from localcloud.limits import names, policies, requests, roles, rules, sizes, steps, zones
from localcloud.limits.exceeded import Check, Exceeded
from localcloud.limits.requests import Call

_PARTS = (names, policies, roles, rules, sizes, zones)
# The property that names a resource which the checks count by name.
_NAMED = {"AWS::Events::Rule": "Name", "AWS::IAM::Role": "RoleName"}
# Protocols without constraints in the descriptions, or with bodies that are no parameters.
_UNDESCRIBED = ("ec2", "s3")


def install(_config: Config) -> None:
    """Checks the requests and the resources of stacks."""
    for service in requests.SERVICES:
        services.before(service, _look(service))
    cloudformation.check_changes_with(_check_resource)
    zones_hook.list_services_with(zones.SERVICES, zones.lacks)
    steps_hook.check_with(steps.check_data, steps.check_history)


def _look(service: str) -> services.Before:
    def look(request: services.Request) -> services.Answer | None:
        call = requests.read(service, request)
        if call is None:
            return None
        try:
            _check_call(call)
        except Exceeded as error:
            return identity.error(service, request.headers, error.code, str(error), error.status)
        return None

    return look


def _check_call(call: Call) -> None:
    described = call.shape if call.service not in _UNDESCRIBED else None
    if described and (violated := shapes.report(call.parameters, described)):
        raise Exceeded("ValidationException", violated)
    sizes.check_tags(call.parameters)
    for check in _of_operation(call):
        check(call.parameters)


def _of_operation(call: Call) -> Iterator[Check]:
    for part in _PARTS:
        yield from part.OPERATIONS.get((call.service, call.operation), ())


def _check_resource(change: cloudformation.Change) -> None:
    if change.action == "delete":
        return
    kind, name = change.type_name, change.physical_id or f"{change.stack}-{change.logical_id}"
    named = {_NAMED[kind]: name.rpartition("/")[2].rpartition("|")[2]} if kind in _NAMED else {}
    sizes.check_tags(change.properties)
    for check in _of_type(kind):
        check(named | change.properties)


def _of_type(kind: str) -> Sequence[Check]:
    return [check for part in _PARTS for check in part.TYPES.get(kind, ())]
