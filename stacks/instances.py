"""What an endpoint's instances are like, whatever they serve."""

import re

from aws_cdk import aws_sagemaker as sagemaker

from stacks.place import Place


def vpc_config(place: Place | None) -> sagemaker.CfnModel.VpcConfigProperty | None:
    """Where they run, where the tenant has a network of its own."""
    if place is None:
        return None
    return sagemaker.CfnModel.VpcConfigProperty(
        subnets=list(place.subnets), security_group_ids=list(place.security_groups)
    )


def has_local_disks(instance_type: str) -> bool:
    """Whether SageMaker would refuse a key for the volume, since there are disks in the machine.

    >>> [has_local_disks(f"ml.{family}.xlarge") for family in ("m5", "m5d", "g4dn", "c6id", "g5")]
    [False, True, True, True, True]
    """
    family = instance_type.split(".")[1]
    return bool(re.match(r"(g5|g6|p5|trn)|[a-z]+\d+[a-z]*d", family))
