"""The size of a function's code and layers, in what `cdk synth` writes."""

import json
from pathlib import Path
from typing import Any

import pytest

from terrace.assembly.sizes import FunctionTooLarge, check_function_sizes

MEBIBYTE = 2**20


def assembly(folder: Path, **mebibytes: float) -> Path:
    """A stack with a function that has some code and all other assets as layers."""
    resources: dict[str, Any] = {}
    for name, size in mebibytes.items():
        asset = folder / f"asset.{name}" / "python"
        asset.mkdir(parents=True)
        with (asset / "large.bin").open("wb") as file:
            file.truncate(int(size * MEBIBYTE))
        content = {"Content": {"S3Bucket": "assets", "S3Key": f"{name}.zip"}}
        resources[name] = {"Type": "AWS::Lambda::LayerVersion", "Properties": content}
    code = {"S3Bucket": "assets", "S3Key": "code.zip"}
    layers = [{"Ref": name} for name in mebibytes if name != "code"]
    properties = {"Code": code, "Layers": layers}
    resources["Function"] = {"Type": "AWS::Lambda::Function", "Properties": properties}
    (folder / "stack.template.json").write_text(json.dumps({"Resources": resources}))
    return folder


def test_layers_that_fit_one_by_one_and_not_together_are_refused(tmp_path: Path) -> None:
    expected = (
        r"stack/Function: code and layers have 251\.0 MiB unzipped \(code 1\.0 MiB, one 125\.0 MiB,"
        r" two 125\.0 MiB\); expected at most 250 MiB"
    )
    with pytest.raises(FunctionTooLarge, match=expected):
        check_function_sizes(assembly(tmp_path, code=1, one=125, two=125))


def test_code_and_layers_of_exactly_the_limit_are_taken(tmp_path: Path) -> None:
    check_function_sizes(assembly(tmp_path, code=1, one=124, two=125))


def test_inline_code_and_foreign_layers_count_for_nothing(tmp_path: Path) -> None:
    properties = {
        "Code": {"ZipFile": "def handler(event, context): pass"},
        "Layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:other:1"],
    }
    function = {"Type": "AWS::Lambda::Function", "Properties": properties}
    text = json.dumps({"Resources": {"Function": function}})
    (tmp_path / "stack.template.json").write_text(text)
    check_function_sizes(tmp_path)
