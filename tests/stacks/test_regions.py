"""Regions that lack a resource type of the stacks."""

import json
from pathlib import Path

import cfnlint
import pytest

from terrace.assembly.regions import LACKS, RegionLacks, refuse_region
from terrace.assembly.templates import Templates
from tests.stacks.conftest import Assembly

REGISTRIES = Path(cfnlint.__file__).parent / "data" / "schemas" / "providers"
# Where Terrace's partitions are: not the isolated ones, whose services are not public.
PARTITIONS = ("us-iso", "eu-iso", "eusc-")


def types(*assemblies: Assembly) -> set[str]:
    return {
        resource["Type"]
        for assembly in assemblies
        for stack in assembly.stacks
        for resource in assembly.template(stack)["Resources"].values()
        if resource["Type"].startswith("AWS::")
    }


def test_the_table_is_that_of_cloudformations_registries(
    shipped: Assembly, production: Assembly
) -> None:
    needed = types(shipped, production)
    lacking = {
        path.stem: needed - set(json.loads(path.read_text()))
        for path in REGISTRIES.glob("*-*.json")
        if not path.stem.startswith(PARTITIONS)
    }
    assert {region: kinds for region, kinds in lacking.items() if kinds} == {
        region: {f"AWS::SageMaker::{kind}" for kind in kinds} for region, kinds in LACKS.items()
    }


def test_a_region_without_sagemaker_is_refused_with_what_it_lacks(shipped: Assembly) -> None:
    templates = Templates.of(shipped.folder)
    with pytest.raises(RegionLacks) as refused:
        refuse_region(templates, "me-central-1")
    for part in ("Region me-central-1", "AWS::SageMaker::Endpoint", "AWS_REGION"):
        assert part in str(refused.value)


def test_a_region_that_lacks_only_what_nobody_asked_for_is_taken(shipped: Assembly) -> None:
    templates = Templates.of(shipped.folder)
    refuse_region(templates, "us-gov-west-1")  # has no MLflow, which the shipped file has not
    refuse_region(templates, "us-east-1")
    refuse_region(templates, None)
