"""The functions: their code is there and complete, and they are told what they need to know."""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from terrace.deployment import Deployment
from terrace.environment import Environment
from tests.stacks.conftest import ROOT, Assembly, Resource, text

STACK = "terrace--north-mill"
OURS = {"lambdas", "terrace"}
WITH_LAMBDA = {"boto3", "botocore"}


def functions(assembly: Assembly) -> dict[str, Resource]:
    found = assembly.resources(STACK, "AWS::Lambda::Function").values()
    return {
        function["FunctionName"].split("--")[2]: function
        for function in found
        if "FunctionName" in function
    }


def asset(assembly: Assembly, key: dict[str, Any]) -> Path:
    name = next(part for part in [text(value) for value in key.values()] if part.endswith(".zip"))
    return assembly.folder / f"asset.{name.removesuffix('.zip')}"


@pytest.fixture(scope="session")
def code(shipped: Assembly) -> Path:
    """The one folder that becomes the functions' zip."""
    (found,) = {asset(shipped, function["Code"]) for function in functions(shipped).values()}
    return found


@pytest.fixture(scope="session")
def layers(shipped: Assembly) -> dict[str, Path]:
    """The folders that become the functions' layers, by their lock files."""
    found = shipped.resources(STACK, "AWS::Lambda::LayerVersion").values()
    return {one["Description"].rpartition("/")[2]: asset(shipped, one["Content"]) for one in found}


def test_there_is_a_function_for_each_step(shipped: Assembly) -> None:
    assert sorted(functions(shipped)) == [
        "baseline", "canary", "compare", "evaluate", "gate", "monitor", "notify", "observe",
        "register", "retrain", "roll-back", "smoke-test", "validate", "verify",
    ]  # fmt: skip


def test_every_handler_is_in_the_code(shipped: Assembly, code: Path) -> None:
    for function in functions(shipped).values():
        *module, name = function["Handler"].split(".")
        tree = ast.parse(code.joinpath(*module).with_suffix(".py").read_text())
        defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        assert name in defined


def test_the_code_is_ours_alone_and_only_what_functions_need(code: Path) -> None:
    assert {path.name for path in code.iterdir()} == OURS
    names = {path.relative_to(code).as_posix() for path in code.rglob("*")}
    assert not [name for name in names if "__pycache__" in name or name.startswith("terrace/cli")]


def test_everything_that_a_function_imports_is_in_code_layer_or_lambda(
    shipped: Assembly, code: Path, layers: dict[str, Path]
) -> None:
    layer = layers["requirements.lock"]
    packages = {path.name.split(".")[0] for path in (layer / "python").iterdir()}
    known = set(sys.stdlib_module_names) | WITH_LAMBDA | packages | OURS
    seen: set[str] = set()
    for function in functions(shipped).values():
        for module in reached(code, function["Handler"].rpartition(".")[0], seen):
            assert module.partition(".")[0] in known, f"{function['Handler']} needs {module}"
    assert "lambdas.common.aws" in seen


def reached(code: Path, module: str, seen: set[str]) -> Iterator[str]:
    """What a module imports, and what that imports, as far as it is ours."""
    yield module
    path = code.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if module in seen or module.partition(".")[0] not in OURS or not path.exists():
        return
    seen.add(module)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from reached(code, node.module, seen)
            for alias in node.names:
                if code.joinpath(*node.module.split("."), f"{alias.name}.py").exists():
                    yield from reached(code, f"{node.module}.{alias.name}", seen)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from reached(code, alias.name, seen)


def test_the_layers_fit_into_lambda_together(layers: dict[str, Path]) -> None:
    paths = [path for layer in layers.values() for path in layer.rglob("*") if path.is_file()]
    # Of the 250 MB that Lambda allows, which are 262e6 bytes, our own code needs some.
    assert sum(path.stat().st_size for path in paths) < 250e6
    everyones = layers["requirements.lock"]
    assert (everyones / "python" / "pydantic").is_dir()
    size = sum(path.stat().st_size for path in everyones.rglob("*") if path.is_file())
    assert size < 120e6
    for package in ("onnxruntime", "ai_edge_litert"):
        assert (layers["explaining.lock"] / "python" / package).is_dir()


def test_only_a_tenant_whose_functions_run_models_has_packages_for_it(
    shipped: Assembly, production: Assembly
) -> None:
    with_two = {
        name for name, function in functions(shipped).items() if len(function["Layers"]) > 1
    }
    assert with_two == {"baseline", "evaluate", "monitor", "observe"}
    other = production.resources("terrace--a", "AWS::Lambda::LayerVersion")
    assert len(other) == 1


def test_a_function_is_told_what_its_environment_holds(shipped: Assembly) -> None:
    for function in functions(shipped).values():
        variables = function["Environment"]["Variables"]
        told = Environment.load({name: text(value) for name, value in variables.items()})
        assert told.tenant == "north-mill"


def test_what_is_deployed_of_a_model_can_be_read_back(production: Assembly) -> None:
    found = production.resources("terrace--a", "AWS::SSM::Parameter").values()
    deployments = {
        parameter["Name"]: Deployment.model_validate_json(text(parameter["Value"]))
        for parameter in found
    }
    assert sorted(deployments) == ["/terrace/a/b-c", "/terrace/a/quiet"]
    one = deployments["/terrace/a/b-c"]
    assert one.names.parameter == "/terrace/a/b-c"
    assert one.model.capture.sampling_percentage == 50
    assert one.image.startswith("${AWS::AccountId}.dkr.ecr.${AWS::Region}")
    assert one.training_role_arn.startswith("<IsolationTrainingRole")


def test_two_models_from_one_folder_have_one_image(production: Assembly) -> None:
    assets = json.loads((production.folder / "terrace--a.assets.json").read_text())
    images = assets["dockerImages"].values()
    (image,) = (one for one in images if "dockerFile" not in one["source"])  # that one is Spark's
    assert image["source"]["platform"] == "linux/amd64"


def test_every_log_group_is_encrypted_and_forgets(shipped: Assembly) -> None:
    groups = shipped.resources(STACK, "AWS::Logs::LogGroup").values()
    named = [group for group in groups if "LogGroupName" in group]
    assert len(named) == len(functions(shipped)) + 3 + 1  # its endpoint's
    assert {group["RetentionInDays"] for group in named} == {90}
    assert all("KmsKeyId" in group for group in named)


def test_functions_called_without_waiting_have_a_dead_letter_queue(shipped: Assembly) -> None:
    found = {
        name for name, function in functions(shipped).items() if "DeadLetterConfig" in function
    }
    assert found == {"monitor", "notify", "retrain", "roll-back"}


def test_the_packages_are_those_that_the_unit_tests_run_with() -> None:
    theirs = pinned(ROOT / "lambdas" / "requirements.lock")
    theirs |= pinned(ROOT / "lambdas" / "explaining.lock")
    ours = pinned(ROOT / "requirements.lock")
    assert theirs
    assert theirs <= ours


def pinned(lock: Path) -> set[str]:
    """The packages with their versions; a package may have one for each Python."""
    return {line.split()[0] for line in lock.read_text().splitlines() if "==" in line}
