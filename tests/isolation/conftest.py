"""The shipped tenants' templates, and those of tenants whose names are near to each other."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from terrace.settings import Settings
from terrace.settings_file import load
from tests.stacks.conftest import PRODUCTION, ROOT, synthesized

Template = dict[str, Any]


def read(folder: Path) -> Mapping[str, Template]:
    ending = ".template.json"
    paths = sorted(folder.glob(f"*{ending}"))
    return {path.name.removesuffix(ending): json.loads(path.read_text()) for path in paths}


@pytest.fixture(scope="session")
def mills(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Template]:
    """Of terrace.yaml as shipped."""
    folder = tmp_path_factory.mktemp("mills")
    synthesized(load(ROOT / "terrace.yaml"), folder)
    return read(folder)


@pytest.fixture(scope="session")
def near(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Template]:
    """Of tenants `a` and `a-b`, with models `b-c` and `c`."""
    folder = tmp_path_factory.mktemp("near")
    synthesized(Settings.model_validate(PRODUCTION), folder)
    return read(folder)


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Template]:
    """Of tenants that are called like parts of ARNs, or like their own model."""
    folder = tmp_path_factory.mktemp("odd")
    names = ("s3", "aws", "role", "endpoint", "wear")
    model = {"name": "wear", "source": "examples/cnc-mill", "label": "tool_condition"}
    tenants = [{"name": name, "models": [model]} for name in names]
    synthesized(Settings.model_validate({"tenants": tenants}), folder)
    return read(folder)
