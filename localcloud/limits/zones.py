"""Zones that lack a service: an interface endpoint cannot be in them.

AWS documents few of them. EMR Serverless names its zones; that use1-az3 lacks SageMaker's interface
endpoints is what people report.
"""

from collections.abc import Mapping, Sequence

from localcloud.hooks import zones
from localcloud.limits.exceeded import Check, Exceeded, Parameters

# By service, as the endpoint's service name ends: the zones of a Region that has zones without it.
_LACKING = {
    "emr-serverless": ("use1-az3", "cac1-az4"),
    "sagemaker.api": ("use1-az3",),
    "sagemaker.runtime": ("use1-az3",),
    "experiments": ("use1-az3",),
}


# Interface endpoint services that MiniStack does not list.
SERVICES = ("cloudformation", "emr-serverless", "kinesis-firehose", "sagemaker.api",
            "sagemaker.runtime", "states")  # fmt: skip


def lacks(service: str, zone_id: str) -> bool:
    """Whether a zone has no interface endpoints of a service.

    Args:
        service: The whole name, for example `com.amazonaws.us-east-1.sagemaker.api`.
        zone_id: For example `use1-az3`.
    """
    return zone_id in _LACKING.get(service.split(".", 3)[-1], ())


def _endpoint(parameters: Parameters) -> None:
    name = str(parameters.get("ServiceName", ""))
    seen: dict[str, str] = {}
    for subnet in parameters.get("SubnetIds") or parameters.get("SubnetId") or ():
        zone = zones.zone_of(subnet)
        if lacks(name, zone):
            raise Exceeded(
                "InvalidParameter",
                f"The VPC endpoint service {name} does not support the availability zone of the "
                f"subnet: {subnet}.",
            )
        if zone in seen:
            raise Exceeded(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {subnet}. VPC "
                "endpoint subnets should be in different availability zones supported by the VPC "
                "endpoint service.",
            )
        seen |= {zone: subnet} if zone else {}


OPERATIONS: Mapping[tuple[str, str], Sequence[Check]] = {("ec2", "CreateVpcEndpoint"): [_endpoint]}
TYPES: Mapping[str, Sequence[Check]] = {"AWS::EC2::VPCEndpoint": [_endpoint]}
