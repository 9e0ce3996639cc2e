"""`terrace isolation`, as it is typed, and the report in the documents."""

import copy
import doctest
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from terrace.assembly import parameters
from terrace.assembly.templates import Templates, UnreadableTemplates
from terrace.cli import app
from terrace.isolation import globs
from terrace.isolation.assumptions import ASSUMPTIONS, RULES
from terrace.isolation.proof import Breached, prove, refuse_breaches
from terrace.isolation.report import markdown

from .conftest import Template
from .mistakes import MISTAKES

REPORT = Path(__file__).parents[2] / "docs/isolation-report.md"


def written(templates: Mapping[str, Template], folder: Path) -> Path:
    for name, template in templates.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
    return folder


def test_tenants_that_are_apart_exit_with_0(mills: Mapping[str, Template], tmp_path: Path) -> None:
    folder, report = written(mills, tmp_path), tmp_path / "report.md"
    done = CliRunner().invoke(app, ["isolation", "--cdk-out", str(folder), "-o", str(report)])
    assert done.exit_code == 0, done.output
    assert "no way" in done.output
    assert "No tenant reaches another's resources" in report.read_text()


def test_a_breach_exits_with_2_and_is_told(mills: Mapping[str, Template], tmp_path: Path) -> None:
    templates = copy.deepcopy(dict(mills))
    MISTAKES["a wildcard as resource"](templates)
    folder, report = written(templates, tmp_path), tmp_path / "report.md"
    done = CliRunner().invoke(app, ["isolation", "--cdk-out", str(folder), "-o", str(report)])
    assert done.exit_code == 2
    assert "breach: north-mill" in done.output
    assert "## Breaches" in report.read_text()


def test_a_way_between_two_tenants_by_name_is_a_breach_like_any_other(
    mills: Mapping[str, Template],
) -> None:
    templates = copy.deepcopy(dict(mills))
    MISTAKES["another tenant's table, copied from its stack"](templates)
    proof = prove(Templates(templates))
    by_name = (proof.pairs or {})["north-mill", "south-mill"]
    assert by_name
    assert set(by_name) <= set(proof.breaches)


def test_the_report_says_what_it_rests_on(mills: Mapping[str, Template]) -> None:
    proof = prove(Templates(mills))
    text = markdown(proof)
    assert proof.digest in text
    assert len(ASSUMPTIONS) <= 10
    assert all(one.what in text and one.broken_by in text for one in ASSUMPTIONS)
    assert all(one.source.startswith("https://docs.aws.amazon.com/") for one in RULES)
    changed = copy.deepcopy(dict(mills))
    changed["terrace--platform"]["Description"] = "something else"
    assert prove(Templates(changed)).digest != proof.digest


def test_every_synth_stops_at_a_breach(mills: Mapping[str, Template]) -> None:
    refuse_breaches(Templates(mills))
    templates = copy.deepcopy(dict(mills))
    MISTAKES["any role may be passed"](templates)
    with pytest.raises(Breached, match="iam:passrole"):
        refuse_breaches(Templates(templates))


def test_a_folder_without_templates_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTemplates, match="expected what cdk synth writes"):
        Templates.of(tmp_path)
    (tmp_path / "terrace--a.template.json").write_text("{")
    with pytest.raises(UnreadableTemplates, match="no JSON"):
        Templates.of(tmp_path)


def test_the_report_in_the_documents_is_that_of_the_shipped_file(
    mills: Mapping[str, Template],
) -> None:
    """Set UPDATE_SNAPSHOTS=1 to write it anew; its diff is the review."""
    templates = Templates(mills)
    # The hash changes with every line of a function's code.
    got = markdown(replace(prove(templates), digest="that of the templates that were read"))
    if os.environ.get("UPDATE_SNAPSHOTS"):
        REPORT.write_text(got)
    assert got == REPORT.read_text()


def test_the_examples_in_the_code_are_true() -> None:
    assert doctest.testmod(globs).failed == 0
    assert doctest.testmod(parameters).failed == 0
