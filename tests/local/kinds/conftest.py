"""The north mill alone, with a model on each kind of endpoint, on an embedded cloud of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from examples.demo import data
from examples.demo.operator import Operator
from examples.demo.stage import Stage
from tests.local.apps.kinds import ENDPOINTS
from tests.local.stages import bootstrapped

APP = ("--app", f"{sys.executable} -m tests.local.apps.kinds")
STACKS = [f"terrace--north-mill--{name}" for name in ENDPOINTS]
TENANT = ("terrace--platform", "terrace--north-mill", "terrace--north-mill--tool-wear")


# Of the package: a cloud that is up costs the tests after it something.
@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with bootstrapped(tmp_path_factory.mktemp("kinds") / "localcloud") as made:
        deploy(made, *TENANT, *STACKS, *APP, "--output", str(made.folder / "kinds"))
        yield made


def deploy(stage: Stage, *given: str) -> None:
    """Deploys some stacks of an app, and no others that they would need."""
    stage.cdk("deploy", *given, "--exclusively", "--require-approval", "never")


@pytest.fixture(scope="package")
def mills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each tenant's training set and traffic."""
    return data.write(tmp_path_factory.mktemp("mills"))


@pytest.fixture(scope="package")
def wrong_way_round(mills: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The north mill's training set, with every label wrong."""
    rows = pd.read_parquet(mills["north-mill"] / "training.parquet")
    rows["tool_condition"] = rows["tool_condition"].map({"worn": "unworn", "unworn": "worn"})
    path = tmp_path_factory.mktemp("flipped") / "flipped.parquet"
    rows.to_parquet(path)
    return path


@pytest.fixture(scope="package")
def serving(stage: Stage, mills: dict[str, Path], wrong_way_round: Path) -> dict[str, Operator]:
    """The operators of all models, of each of which a version is approved and serves.

    The saw's knows everything wrong, so that there is something to be better than.
    """
    operators = {name: stage.operator("north-mill", name) for name in ("tool-wear", *ENDPOINTS)}
    rows = mills["north-mill"] / "training.parquet"
    runs = {
        name: operator.train(wrong_way_round if name == "saw" else rows, trees=20 + place)
        for place, (name, operator) in enumerate(operators.items())
    }
    for name, operator in operators.items():
        operator.succeeded(runs[name])
        execution = operator.decide(operator.newest_version(), "Approved")
        assert execution["status"] == "SUCCEEDED", execution.get("cause")
        assert operator.running_version() == operator.newest_version()
    return operators


@pytest.fixture(scope="package")
def bodies(mills: dict[str, Path]) -> list[str]:
    return list(data.requests(mills["north-mill"], "normal"))[:20]
