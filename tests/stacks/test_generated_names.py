"""Nothing in a template relies on the letters of a name that CloudFormation makes up.

The rule of such a name cuts and collapses what it is made of, so that a pattern like
`role/STACK-*` means nothing that exists.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from localcloud.cloudformation.names import generated_name, longest_name
from localcloud.cloudformation.replacement import name_property
from terrace.assembly.kinds import KINDS, REGION
from terrace.assembly.templates import Resource, Templates
from tests.stacks.conftest import Assembly

ARN = re.compile(r"arn:[^\s\"']+")
MADE_UP = "-XXXXXXXXXXXX"  # at the end of a generated name in resolved templates


def patterns(value: Any) -> Iterator[str]:
    """Every ARN with a wildcard behind some letters of a name, in any part of a template."""
    if isinstance(value, dict):
        for part in value.values():
            yield from patterns(part)
    elif isinstance(value, list):
        for part in value:
            yield from patterns(part)
    elif isinstance(value, str):
        yield from (one for one in ARN.findall(value) if "*" in one and MADE_UP not in one)


def generated(resource: Resource) -> Iterator[str]:
    """The ARNs that a resource without a name of its own has, and seems to have."""
    name, kind = name_property(resource.type, REGION), KINDS.get(resource.type)
    if name is None or kind is None or resource.properties.get(name) or not resource.arn:
        return
    yield resource.arn
    made = generated_name(
        resource.stack, resource.logical_id, "seed", longest_name(resource.type, 128)
    )
    seeming = f"{resource.stack}-{resource.logical_id}{MADE_UP}"
    lower = resource.type == "AWS::S3::Bucket"
    yield resource.arn.replace(seeming, made.lower() if lower else made)


def relies(pattern: str, arn: str) -> bool:
    """Whether a pattern holds letters of the ARN's last part, and matches it."""
    start = max(arn.rfind("/"), arn.rfind(":")) + 1
    return fnmatchcase(arn, pattern) and not pattern[:start].count("*") and len(pattern) > start + 1


@pytest.mark.parametrize("settings", ["shipped", "production"])
def test_no_pattern_matches_the_letters_of_a_generated_name(
    request: pytest.FixtureRequest, settings: str
) -> None:
    assembly: Assembly = request.getfixturevalue(settings)
    templates = Templates.of(assembly.folder)
    resources = [one for stack in templates.stacks for one in templates.resources(stack)]
    arns = {arn: one for one in resources for arn in generated(one)}
    assert len(arns) > 20
    found = {
        f"{one} has {pattern}, which matches {arns[arn]}"
        for one in resources
        for pattern in set(patterns(one.properties))
        for arn in arns
        if relies(pattern, arn)
    }
    assert found == set()


@pytest.mark.parametrize(
    ("pattern", "arn"),
    [
        ("arn:aws:iam::1:role/terrace--a-*", "arn:aws:iam::1:role/terrace--a-Role-XXXXXXXXXXXX"),
        ("arn:aws:s3:::terrace-*", "arn:aws:s3:::terrace-platform-logs-abc"),
    ],
)
def test_letters_of_a_name_are_noticed(pattern: str, arn: str) -> None:
    assert relies(pattern, arn)


@pytest.mark.parametrize(
    ("pattern", "arn"),
    [
        ("arn:aws:iam::1:role/terrace/a/*", "arn:aws:iam::1:role/terrace/a/x"),
        ("arn:aws:iam::1:role/*", "arn:aws:iam::1:role/x"),
        ("arn:aws:s3:::terrace--*", "arn:aws:s3:::terrace-platform-logs-abc"),
    ],
)
def test_a_path_or_anything_at_all_is_no_name(pattern: str, arn: str) -> None:
    assert not relies(pattern, arn)


@pytest.mark.parametrize("settings", ["shipped", "production"])
def test_every_role_of_a_tenant_has_the_tenants_path(
    request: pytest.FixtureRequest, settings: str
) -> None:
    assembly: Assembly = request.getfixturevalue(settings)
    for stack in assembly.stacks:
        tenant = stack.split("--")[1]
        for name, role in assembly.resources(stack, "AWS::IAM::Role").items():
            if tenant != "platform":
                assert role["Path"] == f"/terrace/{tenant}/", name


@pytest.mark.parametrize("settings", ["shipped", "production"])
def test_what_is_retained_does_not_survive_a_creation_that_failed(
    request: pytest.FixtureRequest, settings: str
) -> None:
    assembly: Assembly = request.getfixturevalue(settings)
    policies = {
        resource.get("DeletionPolicy")
        for stack in assembly.stacks
        for resource in assembly.template(stack)["Resources"].values()
    }
    assert "Retain" not in policies


def test_a_candidates_model_has_another_name_with_another_content(production: Assembly) -> None:
    models = production.resources("terrace--a--b-c", "AWS::SageMaker::Model")
    assert {"ChallengerModel", "ShadowModel"} & models.keys()
    for name, model in models.items():
        (_, parts) = model["ModelName"]["Fn::Join"]
        assert re.fullmatch(r"--[0-9a-f]{4}", parts[-1]), name
