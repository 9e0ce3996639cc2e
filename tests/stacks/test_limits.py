"""A tenant with many models stays within the sizes that AWS allows."""

import json
from pathlib import Path
from typing import Any

import pytest

from terrace.assembly.templates import Templates
from terrace.assembly.usage import usage
from terrace.quotas import Quotas
from terrace.settings import Settings
from tests.stacks.conftest import Assembly, synthesized, text

MODELS = 40
STACK = "terrace--a-tenant-of-20-chars"
# An account ID in the place of each reference: never shorter than what CloudFormation writes.
_RETRAINING = {
    "schedule": "rate(7 days)",
    "on_new_data": True,
    "on_violations_of": ["data-quality"],
}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """A tenant with forty models, each with the longest name and every occasion of retraining."""
    models = [
        {
            "name": f"a-model-of-24-chars-{n:04}",
            "source": "examples/cnc-mill",
            "label": "tool_condition",
            "retraining": _RETRAINING,
        }
        for n in range(MODELS)
    ]
    tenant = {"name": STACK.removeprefix("terrace--"), "models": models}
    return synthesized(
        Settings.model_validate({"tenants": [tenant]}), tmp_path_factory.mktemp("many")
    )


def size(document: Any) -> int:
    """In characters, with names for references."""
    if isinstance(document, dict) and len(document) == 1:
        ((function, _),) = document.items()
        if function == "Ref" or function.startswith("Fn::"):
            return len(text(document)) + 2
    if isinstance(document, dict):
        return 2 + sum(len(json.dumps(k)) + 2 + size(v) for k, v in document.items())
    if isinstance(document, list):
        return 2 + sum(1 + size(part) for part in document)
    return len(json.dumps(document))


def test_a_queue_policy_has_one_statement_for_all_rules(many: Assembly) -> None:
    rules = many.resources(STACK, "AWS::Events::Rule")
    assert len(rules) > MODELS
    for policy in many.resources(STACK, "AWS::SQS::QueuePolicy").values():
        assert len(policy["PolicyDocument"]["Statement"]) <= 20
        assert size(policy["PolicyDocument"]) <= 8192


def test_the_queue_lets_in_every_rule_of_the_tenant_and_no_other(many: Assembly) -> None:
    policies = many.resources(STACK, "AWS::SQS::QueuePolicy").values()
    (statement,) = (
        statement
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if "AWS::Events" not in statement and text(statement["Principal"]).find("events.") > 0
    )
    patterns = [
        text(one).rpartition(":rule/")[2]
        for one in statement["Condition"]["ArnLike"]["aws:SourceArn"]
    ]
    assert patterns == [f"{STACK}--*", f"{STACK}/{STACK}--*"]
    names = [rule["Name"] for rule in many.resources(STACK, "AWS::Events::Rule").values()]
    assert len(set(names)) == len(names)
    assert all(name.startswith(f"{STACK}--") and len(name) <= 64 for name in names)


def test_a_function_has_one_permission_for_all_rules_of_a_bus(many: Assembly) -> None:
    permissions = many.resources(STACK, "AWS::Lambda::Permission").values()
    sources = [
        (text(one["FunctionName"]), text(one["SourceArn"]).rpartition(":rule/")[2])
        for one in permissions
        if one["Principal"] == "events.amazonaws.com"
    ]
    assert len(set(sources)) == len(sources) == 5  # notify, retrain twice, roll_back twice
    assert {source for _, source in sources} == {f"{STACK}--*", f"{STACK}/{STACK}--*"}


def test_event_patterns_are_within_the_quota(many: Assembly) -> None:
    for rule in many.resources(STACK, "AWS::Events::Rule").values():
        assert size(rule.get("EventPattern", {})) <= 2048
        assert len(rule["Targets"]) <= 5


def test_inline_policies_and_environments_are_within_iams_and_lambdas_quotas(
    many: Assembly,
) -> None:
    for policy in many.resources(STACK, "AWS::IAM::Policy").values():
        assert size(policy["PolicyDocument"]) <= 10_240
    for function in many.resources(STACK, "AWS::Lambda::Function").values():
        assert size(function.get("Environment", {}).get("Variables", {})) <= 4096


def test_the_stack_is_within_cloudformations_and_the_accounts_quotas(many: Assembly) -> None:
    template = many.template(STACK)
    assert len(template["Resources"]) <= 500
    assert len(template.get("Outputs", {})) <= 200
    assert many.path(STACK).stat().st_size <= 1_000_000
    used = list(usage(Templates.of(Path(many.folder)), Quotas()))
    assert not [str(one) for one in used if one.count > one.allowed]
    (rules,) = (one for one in used if one.scope == "event bus default")
    assert rules.count > MODELS
