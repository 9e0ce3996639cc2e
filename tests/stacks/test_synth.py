"""What holds for the app as a whole: pure, linted, checked, as its snapshot says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_s3 as s3

from stacks.models import SourceMissing
from terrace.settings import Settings
from terrace.settings_file import load
from tests.stacks.conftest import PRODUCTION, ROOT, Assembly, made, synthesized

SNAPSHOTS = Path(__file__).parent / "snapshots"
# W3005: the CDK makes a function depend on its role beside naming it.
IGNORED = "W3005"
LEVELS = {
    "smb": ("terrace--platform", "terrace--north-mill", "terrace--north-mill--tool-wear"),
    "lightweight": ("terrace--workshop", "terrace--workshop--tool-wear"),
    "enterprise": ("terrace--south-mill", "terrace--south-mill--tool-wear"),
}


def test_there_is_a_stack_for_the_platform_each_tenant_and_each_endpoint(
    shipped: Assembly,
) -> None:
    assert shipped.stacks == [
        "terrace--north-mill",
        "terrace--north-mill--tool-wear",
        "terrace--platform",
        "terrace--south-mill",
        "terrace--south-mill--tool-wear",
        "terrace--workshop",
        "terrace--workshop--income",
        "terrace--workshop--tool-wear",
    ]


def test_the_same_settings_give_the_same_bytes(shipped: Assembly, tmp_path: Path) -> None:
    again = synthesized(load(ROOT / "terrace.yaml"), tmp_path)
    for stack in shipped.stacks:
        assert again.path(stack).read_bytes() == shipped.path(stack).read_bytes()


def test_the_templates_name_no_account_region_or_path(shipped: Assembly) -> None:
    for stack in shipped.stacks:
        template = shipped.path(stack).read_text()
        assert not re.search(r"\b\d{12}\b", template)
        assert not re.search(r"\b(us|eu|ap)-[a-z]+-\d\b", template)
        assert str(ROOT) not in template


@pytest.mark.parametrize("name", ["shipped", "production"])
def test_cfn_lint_finds_nothing(name: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = request.getfixturevalue(name)
    kinds = {stack.count("--"): stack for stack in assembly.stacks}  # one of each kind
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", IGNORED, "--"]
    paths = [str(assembly.path(stack)) for stack in {*kinds.values(), "terrace--platform"}]
    found = subprocess.run([*command, *paths], capture_output=True, text=True, check=False)
    assert found.stdout == ""
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("name", ["shipped", "production"])
def test_cdk_nag_finds_nothing_that_has_no_reason(
    name: str, request: pytest.FixtureRequest
) -> None:
    report = request.getfixturevalue(name).report
    assert report["conclusion"] == "success"
    assert report["violations"] == []
    assert all(finding["ruleName"] for finding in report["suppressedViolations"])


def test_cdk_nag_refuses_what_nobody_acknowledged(tmp_path: Path) -> None:
    app = made(load(ROOT / "terrace.yaml"), tmp_path)
    s3.Bucket(app.node.find_child("terrace--platform"), "Unsafe")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    rules = {finding["ruleName"] for finding in Assembly(folder=tmp_path).report["violations"]}
    assert rules == {"AwsSolutions-S1", "AwsSolutions-S10"}


def test_a_source_without_a_dockerfile_is_refused_in_words(tmp_path: Path) -> None:
    given = json.loads(json.dumps(PRODUCTION))
    given["tenants"][0]["models"][0]["source"] = "docs"
    with pytest.raises(SourceMissing, match=r"tenant a: source got 'docs'.*Dockerfile"):
        made(Settings.model_validate(given), tmp_path)


@pytest.mark.parametrize(
    ("level", "stack"), [(level, stack) for level, stacks in LEVELS.items() for stack in stacks]
)
def test_a_level_is_as_its_snapshot_says(shipped: Assembly, level: str, stack: str) -> None:
    """Set UPDATE_SNAPSHOTS=1 to write the snapshots anew; their diff is the review."""
    path = SNAPSHOTS / f"{level}.{stack}.json"
    got = json.dumps(normalised(shipped.template(stack)), indent=1, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(got)
    assert got == path.read_text()


def normalised(template: dict[str, Any]) -> Any:
    """Without what changes with the code of functions and images."""
    for resource in template["Resources"].values():
        code = resource.get("Properties", {}).get("Code", {})
        if "ZipFile" in code:
            code["ZipFile"] = "<code>"
    text = re.sub(r"\b[0-9a-f]{64}\b", "<asset>", json.dumps(template))
    # A function's version is named by its code and its layers: see stacks/serving_function.py.
    return json.loads(re.sub(r"(ServingVersion)[0-9a-f]{12}[0-9A-F]{8}", r"\1<code>", text))


@pytest.mark.parametrize("level", LEVELS)
def test_thirty_models_of_one_tenant_stay_below_cloudformations_limit(
    tmp_path: Path, level: str
) -> None:
    monitors = {"data-quality": {}, "cardinality": {}}
    models = [
        {
            "name": f"model-{number}",
            "source": "examples/cnc-mill",
            "label": "tool_condition",
            "monitors": monitors,
            "retraining": {"on_new_data": True, "schedule": "rate(7 days)"},
        }
        for number in range(30)
    ]
    settings = Settings.model_validate(
        {"tenants": [{"name": "many", "level": level, "models": models}]}
    )
    found = synthesized(settings, tmp_path).template("terrace--many")["Resources"]
    assert len(found) < 500
