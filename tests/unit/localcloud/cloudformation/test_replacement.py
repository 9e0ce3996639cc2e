"""Replacement by the registry's create-only properties."""

from typing import Any

import pytest

from localcloud.cloudformation.replacement import RegistryRules

RULES = RegistryRules("us-east-1")


@pytest.mark.parametrize(
    ("type_name", "old", "new", "replaces"),
    [
        ("AWS::SageMaker::Model", {"ExecutionRoleArn": "a"}, {"ExecutionRoleArn": "b"}, True),
        ("AWS::SageMaker::Model", {"Tags": [1]}, {"Tags": [2]}, False),
        ("AWS::Lambda::Permission", {"SourceArn": "a"}, {"SourceArn": "b"}, True),
        ("AWS::CloudTrail::Trail", {"KMSKeyId": "a"}, {"KMSKeyId": "b"}, False),
        ("AWS::EC2::FlowLog", {"TrafficType": "ALL"}, {"TrafficType": "REJECT"}, True),
        (
            "AWS::EC2::VPCEndpoint",
            {"DnsOptions": {"PrivateDnsPreference": "a"}},
            {"DnsOptions": {"PrivateDnsPreference": "b"}},
            True,
        ),
        ("Custom::Thing", {"A": 1}, {"A": 2}, False),
    ],
)
def test_a_create_only_property_that_changes_replaces(
    type_name: str, old: dict[str, Any], new: dict[str, Any], replaces: bool
) -> None:
    assert RULES.replaces(type_name, old, new) is replaces


def test_a_name_that_stays_is_kept_unless_the_resource_goes_elsewhere() -> None:
    group = {"ModelPackageGroupName": "g"}
    old, new = (group | {"ModelPackageGroupDescription": text} for text in ("a", "b"))
    assert RULES.kept_name("AWS::SageMaker::ModelPackageGroup", old, new) == "g"
    alias = {"Name": "live"}
    old, new = (alias | {"FunctionName": name} for name in ("f", "g"))
    assert RULES.kept_name("AWS::Lambda::Alias", old, new) is None


def test_a_change_set_says_what_a_property_means() -> None:
    recreation = RULES.recreation
    assert recreation("AWS::Lambda::Function", "FunctionName") == "Always"
    assert recreation("AWS::Lambda::Function", "DurableConfig") == "Conditionally"
    assert recreation("AWS::Lambda::Function", "MemorySize") == "Never"
    assert recreation("Custom::Thing", "A") == "Conditionally"
