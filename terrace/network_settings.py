"""A network of a tenant's own: its addresses, and the zones that its subnets are in."""

from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from terrace.setting import Many, Setting


def _cidr(text: str) -> str:
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"{error}; expected a network like 10.0.0.0/16") from error
    if not (network.is_private and 16 <= network.prefixlen <= 24):
        raise ValueError("expected a private network of /16 to /24, as AWS's networks are")
    return text


_ZONES = 2  # of a network; an endpoint and its instances survive the loss of one
ZoneId = Annotated[str, Field(pattern=r"^[a-z]{2,4}[a-z0-9]*-az[1-9][0-9]*$")]


class Network(Setting):
    """A network of the tenant's own, without a way to the internet."""

    cidr: Annotated[str, AfterValidator(_cidr)] = "10.0.0.0/16"
    availability_zone_ids: Many[ZoneId] = Field(
        (),
        max_length=_ZONES,
        description="The two Availability Zones of the subnets, by ID (use1-az1, use1-az2). Not "
        "every zone has SageMaker and the interface endpoints. Default: the Region's first two.",
    )

    @model_validator(mode="after")
    def _two_zones_of_one_region(self) -> Self:
        zones = self.availability_zone_ids
        regions = {zone.partition("-az")[0] for zone in zones}
        if zones and (len(set(zones)) != _ZONES or len(regions) > 1):
            raise ValueError(
                f"availability_zone_ids got {', '.join(zones)}; expected two different zones of "
                "one Region"
            )
        return self
