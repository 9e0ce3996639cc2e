"""The role that updates endpoint stacks, against what the registry's handlers call."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from localcloud.cloudformation.permissions import Question, questions
from localcloud.cloudformation.targets import Place
from localcloud.hooks.cloudformation import Change
from terrace.assembly.symbols import ACCOUNT, PARTITION, REGION
from terrace.assembly.templates import Resource, Templates
from tests.stacks.conftest import Assembly, listed

PLACE = Place(region="eu-west-1", account="123456789012")
# What a new version creates, changes and deletes, where it has an endpoint of SageMaker's.
OF_ENDPOINTS = (
    "AWS::SageMaker::Model",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::Endpoint",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Alarm",
)
SERVING = [
    ("shipped", "north-mill", "tool-wear"),
    ("shipped", "south-mill", "tool-wear"),
    ("shipped", "workshop", "tool-wear"),
    ("production", "a", "b-c"),
    ("production", "a", "quiet"),
    ("production", "a-b", "c"),
    ("production", "a-b", "seldom"),
    ("production", "a-b", "press"),
    ("production", "a-b", "large"),
]


def in_place(value: Any) -> Any:
    """A resolved value with an account and a region in the places of their symbols."""
    if isinstance(value, str):
        known = {ACCOUNT: PLACE.account, REGION: PLACE.region, PARTITION: "aws"}
        return value.translate(str.maketrans(known))
    if isinstance(value, dict):
        return {key: in_place(part) for key, part in value.items()}
    return [in_place(part) for part in value] if isinstance(value, list) else value


def changes(resources: list[Resource]) -> Iterator[Change]:
    """What an approved version does to an endpoint's stack."""
    for one in resources:
        properties = in_place(dict(one.properties))
        common: dict[str, Any] = {
            "type_name": one.type, "logical_id": one.logical_id, "stack": one.stack,
        }  # fmt: skip
        there = {"physical_id": in_place(one.arn), "properties": properties}
        without_tags = {name: properties[name] for name in properties if name == "Tags"}
        update = Change(action="update", previous=without_tags, **there, **common)
        if one.type in OF_ENDPOINTS:
            yield Change(action="create", properties=properties, **common)
            yield Change(action="delete", **there, **common)
            yield update
        if one.type == "AWS::Lambda::Version":
            yield Change(action="create", properties=properties, **common)
            yield Change(action="delete", **there, **common)
        if one.type in ("AWS::Lambda::Function", "AWS::Lambda::Alias"):
            same = {name: value for name, value in properties.items() if name != "Environment"}
            policy = {"CodeDeployLambdaAliasUpdate": {}}
            yield Change(action="update", previous=same, update_policy=policy, **there, **common)


def allows(statement: dict[str, Any], question: Question) -> bool:
    conditions = statement.get("Condition", {}).get("StringEquals", {})
    return (
        statement["Effect"] == "Allow"
        and any(fnmatchcase(question.action, one) for one in listed(statement["Action"]))
        and any(
            fnmatchcase(resource, pattern)
            for pattern in listed(statement["Resource"])
            for resource in question.resources
        )
        and all(
            question.context.get(key) in listed(wanted) for key, wanted in conditions.items()
        )
    )  # fmt: skip


@pytest.mark.parametrize(("settings", "tenant", "model"), SERVING)
def test_the_role_may_do_what_the_handlers_call(
    request: pytest.FixtureRequest, settings: str, tenant: str, model: str
) -> None:
    assembly: Assembly = request.getfixturevalue(settings)
    templates = Templates.of(assembly.folder)
    shared = list(templates.resources(f"terrace--{tenant}"))
    statements = [
        statement
        for one in shared
        if one.type == "AWS::IAM::Policy" and "RolloutRole" in one.logical_id
        and one.logical_id.startswith("Pipelines")
        for statement in in_place(listed(one.properties["PolicyDocument"]["Statement"]))
    ]  # fmt: skip
    asked = [
        question
        for change in changes(list(templates.resources(f"terrace--{tenant}--{model}")))
        for question in questions(change, PLACE)
    ]
    assert len(asked) > 10
    denied = {
        f"{question.action} on {question.resources[0]}"
        for question in asked
        if not any(allows(statement, question) for statement in statements)
    }
    assert denied == set()
