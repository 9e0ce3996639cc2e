"""A cloud assembly is read as a closed world: by its manifests, all of it, or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from terrace.assembly.symbols import ACCOUNT, REGION
from terrace.assembly.templates import Templates, UnreadableTemplates
from terrace.isolation.proof import prove

from .conftest import Template

STACK, NESTED = "aws:cloudformation:stack", "cdk:cloud-assembly"


def assembly(folder: Path, templates: Mapping[str, Template], **artifacts: Any) -> Path:
    """Writes templates as the CDK does, with a manifest that lists them."""
    folder.mkdir(exist_ok=True)
    listed = dict(artifacts)
    for name, template in templates.items():
        file = f"{name}.template.json"
        (folder / file).write_text(json.dumps(template))
        listed[name] = {
            "type": STACK,
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": file},
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": listed}))
    return folder


def test_the_manifest_says_which_stacks_there_are(
    mills: Mapping[str, Template], tmp_path: Path
) -> None:
    assembly(tmp_path, mills)
    (tmp_path / "terrace--old.template.json").write_text("{")
    templates = Templates.of(tmp_path)
    assert set(templates.stacks) == set(mills)
    assert prove(templates).breaches == ()


def test_the_stacks_of_nested_assemblies_are_read_too(
    mills: Mapping[str, Template], tmp_path: Path
) -> None:
    assembly(tmp_path / "assembly-Stage", {"Stage-Debugging": {"Resources": {}}})
    stage = {"type": NESTED, "properties": {"directoryName": "assembly-Stage"}}
    templates = Templates.of(assembly(tmp_path, mills, Stage=stage))
    assert [breach.principal for breach in prove(templates).breaches] == ["Stage-Debugging"]


def test_a_stack_counts_by_the_name_that_it_is_deployed_under(tmp_path: Path) -> None:
    folder = assembly(tmp_path, {"Innocent": {"Resources": {}}})
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"]["Innocent"]["properties"]["stackName"] = "terrace--south-mill"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert Templates.of(folder).stacks == ("terrace--south-mill",)


def test_two_stacks_of_one_name_are_refused(tmp_path: Path) -> None:
    assembly(tmp_path / "more", {"terrace--a": {"Resources": {}}})
    stage = {"type": NESTED, "properties": {"directoryName": "more"}}
    assembly(tmp_path, {"terrace--a": {"Resources": {}}}, Stage=stage)
    with pytest.raises(UnreadableTemplates, match="two stacks are called terrace--a"):
        Templates.of(tmp_path)


def test_an_unknown_artifact_is_refused(tmp_path: Path) -> None:
    assembly(tmp_path, {}, Plugin={"type": "acme:plugin"})
    with pytest.raises(UnreadableTemplates, match="acme:plugin"):
        Templates.of(tmp_path)


def test_a_template_that_is_no_json_is_refused(tmp_path: Path) -> None:
    yaml = {"type": STACK, "properties": {"templateFile": "x.template.yaml"}}
    assembly(tmp_path, {}, Written=yaml)
    (tmp_path / "x.template.yaml").write_text("Resources: {}")
    with pytest.raises(UnreadableTemplates, match=r"x\.template\.yaml: a template is no JSON"):
        Templates.of(tmp_path)
    (tmp_path / "manifest.json").unlink()  # without a manifest everything that is there counts
    with pytest.raises(UnreadableTemplates, match="no JSON"):
        Templates.of(tmp_path)


def test_the_real_account_and_region_are_the_placeholders(tmp_path: Path) -> None:
    arn = "arn:aws:sqs:eu-west-1:210987654321:x"
    resource = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": arn}}
    folder = assembly(tmp_path, {"terrace--a": {"Resources": {"Q": resource}}})
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(
        text.replace("unknown-account", "210987654321").replace("unknown-region", "eu-west-1")
    )
    assert f"arn:aws:sqs:{REGION}:{ACCOUNT}:x" in Templates.of(folder).texts["terrace--a"]
