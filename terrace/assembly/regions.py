"""Resource types that CloudFormation does not have in some Regions.

Source: CloudFormation's registry of each Region, as cfn-lint ships it; only types that the stacks
may hold. tests/stacks/test_regions.py compares the table with cfn-lint's.
"""

from collections.abc import Mapping

from terrace.assembly.templates import Templates
from terrace.errors import TerraceError

_ENDPOINT = ("Endpoint", "EndpointConfig", "Model")
_GROUP, _MLFLOW = ("ModelPackageGroup",), ("MlflowTrackingServer",)
# By Region: the kinds of SageMaker that it lacks.
LACKS: Mapping[str, tuple[str, ...]] = {
    "ap-east-2": _GROUP,
    "ap-south-2": _GROUP,
    "ap-southeast-4": _GROUP,
    "ap-southeast-6": (*_GROUP, *_MLFLOW),
    "cn-north-1": (*_GROUP, *_MLFLOW),
    "cn-northwest-1": (*_GROUP, *_MLFLOW),
    "me-central-1": _ENDPOINT,
    "us-gov-east-1": (*_ENDPOINT, *_GROUP, *_MLFLOW),
    "us-gov-west-1": _MLFLOW,
}


class RegionLacks(TerraceError):
    """The stacks hold resource types that the Region does not have."""


def refuse_region(templates: Templates, region: str | None) -> None:
    """Checks that a Region has every resource type of the templates.

    Args:
        templates: What is to be deployed.
        region: Where; None where nobody knows yet.

    Raises:
        RegionLacks: CloudFormation does not have one of the types there.
    """
    lacking = {f"AWS::SageMaker::{kind}" for kind in LACKS.get(region or "", ())}
    needed = {one.type for stack in templates.stacks for one in templates.resources(stack)}
    if missing := sorted(lacking & needed):
        raise RegionLacks(
            f"Region {region}: CloudFormation has no {', '.join(missing)} there; expected a Region "
            "that has them: set AWS_REGION, or the region of the AWS profile"
        )
