"""The proof can fail: every one of these mistakes is caught."""

import copy
from collections.abc import Mapping

import pytest

from terrace.assembly.templates import Templates
from terrace.isolation.proof import prove

from .conftest import Template
from .mistakes import MISTAKES, NORTH, SOUTH, arn, every_network, may, monitor, of_type


def test_the_shipped_tenants_are_apart(mills: Mapping[str, Template]) -> None:
    assert [str(breach) for breach in prove(Templates(mills)).breaches] == []
    found = prove(Templates(mills)).pairs or {}
    assert len(found) == 6  # each of three by each other
    assert set(found.values()) == {()}


def test_tenants_with_names_as_near_as_can_be_are_apart(near: Mapping[str, Template]) -> None:
    assert [str(breach) for breach in prove(Templates(near)).breaches] == []
    assert set((prove(Templates(near)).pairs or {}).values()) == {()}


def test_tenants_that_are_called_like_parts_of_arns_are_apart(odd: Mapping[str, Template]) -> None:
    assert [str(breach) for breach in prove(Templates(odd)).breaches] == []
    assert set((prove(Templates(odd)).pairs or {}).values()) == {()}


@pytest.mark.parametrize("title", MISTAKES)
def test_a_mistake_is_caught(mills: Mapping[str, Template], title: str) -> None:
    templates = copy.deepcopy(dict(mills))
    MISTAKES[title](templates)
    breaches = prove(Templates(templates)).breaches
    assert breaches, title
    assert all(breach.by and breach.actions and breach.resource for breach in breaches)


def test_there_are_enough_of_them() -> None:
    assert len(MISTAKES) >= 130


def test_a_tag_that_must_be_ones_own_is_enough(mills: Mapping[str, Template]) -> None:
    templates = copy.deepcopy(dict(mills))
    tagged = {"StringEquals": {"aws:ResourceTag/terrace:tenant": "north-mill"}}
    own = f"{arn(templates, NORTH, 'AWS::DynamoDB::Table')[:-10]}*"
    may(templates, "dynamodb:GetItem", own, Condition=tagged)
    assert prove(Templates(templates)).breaches == ()


def test_a_parameter_that_can_only_be_ones_own_is_known(mills: Mapping[str, Template]) -> None:
    templates = copy.deepcopy(dict(mills))
    pattern = "arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]+:table/north-mill--[a-z0-9-]+"
    templates[NORTH]["Parameters"]["Table"] = {"Type": "String", "AllowedPattern": pattern}
    may(templates, "dynamodb:GetItem", {"Ref": "Table"})
    assert prove(Templates(templates)).breaches == ()


def test_a_condition_both_of_whose_branches_are_ones_own_is_enough(
    mills: Mapping[str, Template],
) -> None:
    templates = copy.deepcopy(dict(mills))
    own = {"Ref": next(one for one, r in templates[NORTH]["Resources"].items()
                       if r["Type"] == "AWS::SNS::Topic")}  # fmt: skip
    may(templates, "sns:Publish", {"Fn::If": ["IsDebugged", own, own]})
    other = {"Fn::If": ["IsDebugged", own, {"Ref": "AWS::NoValue"}]}
    may(templates, "sns:Publish", [own, other])
    assert prove(Templates(templates)).breaches == ()


def test_a_denial_that_covers_all_is_enough(mills: Mapping[str, Template]) -> None:
    templates = copy.deepcopy(dict(mills))
    may(templates, "dynamodb:GetItem", "*")
    deny = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
    monitor(templates)["PolicyDocument"]["Statement"].append(deny)
    assert prove(Templates(templates)).breaches == ()


def test_a_narrow_boundary_is_enough(mills: Mapping[str, Template]) -> None:
    templates = copy.deepcopy(dict(mills))
    may(templates, "dynamodb:GetItem", "*")
    own = arn(templates, NORTH, "AWS::S3::Bucket")
    narrow = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": f"{own}/*"}]}
    templates[NORTH]["Resources"]["Boundary"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": narrow},
    }
    role = of_type(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")
    role["PermissionsBoundary"] = {"Ref": "Boundary"}
    assert prove(Templates(templates)).breaches == ()


def test_a_breach_names_who_what_whose_and_why(mills: Mapping[str, Template]) -> None:
    templates = copy.deepcopy(dict(mills))
    may(templates, "dynamodb:DeleteItem", arn(templates, SOUTH, "AWS::DynamoDB::Table"))
    proof = prove(Templates(templates))
    told = [str(breach) for breach in proof.breaches]
    assert any(
        "north-mill" in one
        and "Functionsmonitor" in one
        and "dynamodb:deleteitem" in one
        and "/PipelinesRollouts" in one
        and "statement" in one
        for one in told
    )
    by_name = proof.pairs or {}
    assert by_name["north-mill", "south-mill"]
    assert by_name["south-mill", "north-mill"] == ()


def test_the_ceiling_over_a_tenants_roles_holds_for_what_carries_a_tag_and_no_more(
    mills: Mapping[str, Template],
) -> None:
    templates = copy.deepcopy(dict(mills))
    every_network(templates)
    below = {breach.resource for breach in prove(Templates(templates)).breaches}
    # Subnets and security groups of others are tagged; interfaces that AWS made in them are not.
    assert not [one for one in below if "Subnet" in one or "SecurityGroup" in one]
    del of_type(templates, SOUTH, "AWS::IAM::Role", "Functionsmonitor")["PermissionsBoundary"]
    assert below < {breach.resource for breach in prove(Templates(templates)).breaches}
