"""Subnets and their Availability Zones, and the zones of endpoint services."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from ministack.services import ec2

_OPERATION = "DescribeVpcEndpointServices"
_ZONES = re.compile(
    r"(<serviceName>(?P<service>[^<]+)</serviceName>.*?<availabilityZoneSet>)(?P<zones>.*?)"
    r"(</availabilityZoneSet>)",
    re.DOTALL,
)
_ZONE = re.compile(r"<item>([^<]+)</item>")


def zone_of(subnet_id: str) -> str:
    """The ID of a subnet's zone, for example `use1-az1`; empty where there is no such subnet."""
    ec2._ensure_defaults_initialized()
    return str((ec2._subnets.get(subnet_id) or {}).get("AvailabilityZoneId", ""))


def list_services_with(more: Sequence[str], lacks: Callable[[str, str], bool]) -> None:
    """Lets DescribeVpcEndpointServices know more services, each in the zones that have it.

    Args:
        more: Interface endpoint services, as their names end.
        lacks: Whether a service (by its whole name) is missing in a zone (by its ID).
    """
    known = ec2._VPCE_INTERFACE_SERVICES
    ec2._VPCE_INTERFACE_SERVICES = tuple(dict.fromkeys((*known, *more)))
    describe = ec2._ACTION_MAP[_OPERATION]

    def described(parameters: Any) -> Any:
        status, headers, body = describe(parameters)
        text = body.decode() if isinstance(body, bytes) else body
        return status, headers, _ZONES.sub(present, text).encode()

    def present(found: re.Match[str]) -> str:
        zones = [
            zone
            for zone in _ZONE.findall(found["zones"])
            if not lacks(found["service"], ec2._az_id_for_zone_name(zone))
        ]
        return found[1] + "".join(f"<item>{zone}</item>" for zone in zones) + found[4]

    ec2._ACTION_MAP[_OPERATION] = described
