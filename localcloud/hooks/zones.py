"""Subnets and their Availability Zones."""

from ministack.services import ec2


def zone_of(subnet_id: str) -> str:
    """The ID of a subnet's zone, for example `use1-az1`; empty where there is no such subnet."""
    ec2._ensure_defaults_initialized()
    return str((ec2._subnets.get(subnet_id) or {}).get("AvailabilityZoneId", ""))
