"""What else a resource reaches: by its properties, as a service acts on them without a role."""

from collections.abc import Iterator, Mapping
from typing import Any

from terrace.assembly.kinds import KINDS
from terrace.assembly.ownership import PLATFORM
from terrace.assembly.resources import Resource
from terrace.assembly.symbols import MINE
from terrace.isolation.breaches import Breach
from terrace.isolation.closed import refused
from terrace.isolation.event_patterns import names_tenant
from terrace.isolation.owners import Owner
from terrace.isolation.reach import APART, EVERYWHERE, FREE, PLATFORMS, POLICIES, is_listed
from terrace.isolation.texts import is_bound, is_foreign, is_own, is_platforms, leaves
from terrace.names import PREFIX, SEPARATOR

_CLOSED = ("Private", "LogDeliveryWrite", "BucketOwnerFullControl", "BucketOwnerRead")
_OTHERS_SERVICE = "vpce-svc-"  # in the name of an endpoint service that is not AWS's
# The function that answers approval links; whoever has a link may ask it.
_OPEN_FUNCTION = f":function:{PREFIX}{SEPARATOR}{MINE}{SEPARATOR}approve/invocations"


def strangers(owner: Owner) -> Iterator[Breach]:
    """References to what is not the owner's, open doors, and types that are not known."""
    for resource in owner.resources:
        if resource.type not in APART:
            yield refused(owner.name, str(resource), f"the type {resource.type}")
        if resource.properties.get("AccessControl", "Private") not in _CLOSED:
            yield _breach(owner, resource, "its access control list is not private")
        if resource.properties.get("Groups"):
            yield _breach(owner, resource, "groups, whose policies nobody knows")
        if owner.name != PLATFORM:
            yield from _open_doors(owner, resource)
            yield from _references(owner, resource)
        elif resource.type in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            yield from _attached(owner, resource)


def _references(owner: Owner, resource: Resource) -> Iterator[Breach]:
    kind = KINDS.get(resource.type)
    for path, text in leaves(resource.properties):
        if is_listed(POLICIES, path) or is_listed(FREE.get(resource.type, ()), path):
            continue
        is_name = bool(kind and path == kind.name)
        # A name counts together with what it is inside of.
        if not (is_bound(str(resource.arn)) if is_name else _may_name(resource, path, text)):
            yield _breach(owner, resource, f"{text[:200]} as {path}")


def _may_name(resource: Resource, path: str, text: str) -> bool:
    if _OTHERS_SERVICE in text:
        return False
    listed = (*EVERYWHERE, *APART.get(resource.type, ()))
    if is_listed(listed, path) or _is_outside(resource, path) or not text:
        return not is_foreign(text) and not is_platforms(text)
    if (resource.type, path) in PLATFORMS and is_platforms(text) and not is_foreign(text):
        return True
    if resource.type == "AWS::Events::Rule" and path == "EventBusName" and _is_default(text):
        return True  # then its pattern has to name the tenant
    return is_own(text)


def _is_outside(resource: Resource, path: str) -> bool:
    return resource.type == "AWS::SNS::Subscription" and path == "Endpoint"


def _is_default(bus: Any) -> bool:
    return not isinstance(bus, str) or bus.rpartition("/")[2] in ("", "default")


def _open_doors(owner: Owner, resource: Resource) -> Iterator[Breach]:
    properties = resource.properties
    is_rule = resource.type == "AWS::Events::Rule" and "EventPattern" in properties
    if (
        is_rule
        and _is_default(properties.get("EventBusName"))
        and not names_tenant(properties["EventPattern"])
    ):
        what = "events of the default bus that its pattern does not bind to the tenant"
        yield _breach(owner, resource, what)
    if resource.type == "AWS::ApiGateway::Method" and not _is_closed(properties):
        yield _breach(owner, resource, "an open method, without a key or an authorizer")


def _is_closed(method: Mapping[str, Any]) -> bool:
    integration = method.get("Integration")
    uri = integration.get("Uri") if isinstance(integration, Mapping) else None
    return (
        method.get("ApiKeyRequired") is True
        or method.get("AuthorizationType") == "AWS_IAM"
        or (method.get("AuthorizationType") == "CUSTOM" and "AuthorizerId" in method)
        or str(uri).endswith(_OPEN_FUNCTION)
    )


def _attached(owner: Owner, policy: Resource) -> Iterator[Breach]:
    """Policies of roles that are in no stack of the platform's, where nobody looks for them."""
    own = {wearer.principal.arn.rpartition("/")[2] for wearer in owner.wearers}
    for kind in ("Roles", "Users", "Groups"):
        for name in policy.properties.get(kind, ()):
            if name not in own:
                yield _breach(owner, policy, f"{name}, which is not in its stacks")


def _breach(owner: Owner, resource: Resource, what: str) -> Breach:
    return Breach(
        owner=owner.name,
        principal=str(resource),
        actions=("refers",),
        victim="anybody",
        resource=what,
        by=f"its properties, type {resource.type}",
    )
