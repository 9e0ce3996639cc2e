"""The ledger of AWS's rules says what is true: each file and each test that it names exists."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from examples.smoke.steps import STEPS
from tests.ledger.page import PAGE, render
from tests.ledger.rules import ROOT, Certainty, Enforcer, Rule, read_areas, read_observations

AREAS = read_areas()
RULES = [rule for area in AREAS for rule in area.rules]


def test_the_page_is_generated_from_the_rules() -> None:
    """Run `python -m tests.ledger` to write it."""
    assert PAGE.read_text() == render(AREAS, read_observations())


def test_an_id_names_one_rule() -> None:
    assert [name for name, count in Counter(rule.id for rule in RULES).items() if count > 1] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_tests_of_a_rule_exist(rule: Rule) -> None:
    assert [test for test in rule.tests if not _exists(test)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_enforced_by_a_file(rule: Rule) -> None:
    enforced = {by: where for by, where in rule.enforced.items() if by != Enforcer.NOT_ENFORCED}
    assert [where for where in enforced.values() if not (ROOT / where).is_file()] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_an_unsure_rule_says_what_would_settle_it(rule: Rule) -> None:
    assert (rule.certainty is Certainty.UNSURE) == (rule.would_tell is not None)


@pytest.mark.parametrize("rule", [r for r in RULES if r.smoke], ids=lambda rule: rule.id)
def test_a_step_that_observes_a_rule_is_one_of_the_smoke_tests(rule: Rule) -> None:
    assert rule.smoke in {*STEPS, "destroy"}


def _exists(node_id: str) -> bool:
    file, _, name = node_id.partition("::")
    return (ROOT / file).is_file() and name.partition("[")[0] in _tests(file)


@cache
def _tests(file: str) -> frozenset[str]:
    return frozenset(_names(ast.parse((ROOT / file).read_text())))


def _names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield from (
                f"{node.name}::{test.name}"
                for test in node.body
                if isinstance(test, ast.FunctionDef)
            )
