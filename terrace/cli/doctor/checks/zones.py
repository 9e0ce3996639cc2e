"""Whether the zones of the tenants' networks have the interface endpoints that they need."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly, in_account
from terrace.cli.doctor.finding import Finding, ok, problem

_CHECK = "zones"


def check(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Compares the subnets' zones with the zones of each interface endpoint's service."""
    if not assembly.subnets:
        yield ok(_CHECK, "no tenant has a network of its own")
        return
    zones = {
        zone["ZoneName"]: zone["ZoneId"]
        for zone in account.call("ec2", "describe_availability_zones")["AvailabilityZones"]
        if zone.get("ZoneType", "availability-zone") == "availability-zone"
    }
    chosen = sorted({_zone(subnet, zones) for subnet in assembly.subnets})
    missing = list(_missing(chosen, zones, _offered(account, assembly)))
    if missing:
        yield problem(
            _CHECK,
            f"the networks' zones lack services: {'; '.join(missing)}",
            "name zones that have all of them in network.availability_zone_ids of terrace.yaml",
        )
    else:
        yield ok(_CHECK, f"{', '.join(chosen)} have every interface endpoint of the networks")


def _zone(subnet: Mapping[str, Any], zones: Mapping[str, str]) -> str:
    """The name of a subnet's zone; the CDK takes the account's by their place in the list."""
    if zone_id := subnet.get("AvailabilityZoneId"):
        return next((name for name, known in zones.items() if known == zone_id), str(zone_id))
    zone = subnet["AvailabilityZone"]
    if isinstance(zone, dict):
        place = int(zone["Fn::Select"][0])
        return sorted(zones)[place] if place < len(zones) else f"zone {place + 1}"
    return str(zone)


def _offered(account: Account, assembly: Assembly) -> dict[str, frozenset[str]]:
    """For each interface endpoint's service the zones that have it."""
    names = {
        in_account(
            str(resource.properties["ServiceName"]),
            account.number,
            str(account.region),
            account.partition,
        )
        for resource in assembly.of_type("AWS::EC2::VPCEndpoint")
        if resource.properties.get("VpcEndpointType") == "Interface"
    }
    described = account.call("ec2", "describe_vpc_endpoint_services")["ServiceDetails"]
    offered = {
        service["ServiceName"]: frozenset(service.get("AvailabilityZones", ()))
        for service in described
    }
    return {name: offered.get(name, frozenset()) for name in sorted(names)}


def _missing(
    chosen: Sequence[str], zones: Mapping[str, str], offered: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    for zone in chosen:
        if zone not in zones:
            yield f"{zone} is no zone of the region, which has {', '.join(sorted(zones))}"
        elif lacking := [name for name, having in offered.items() if zone not in having]:
            yield f"{zone} ({zones[zone]}) lacks {', '.join(lacking)}"
