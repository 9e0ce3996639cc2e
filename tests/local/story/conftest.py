"""The shipped terrace.yaml, deployed once on an embedded cloud of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.demo import data
from examples.demo.operator import Operator
from examples.demo.stage import Stage
from tests.local.stages import bootstrapped


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The embedded cloud with everything in terrace.yaml deployed, and nothing trained yet."""
    with bootstrapped(tmp_path_factory.mktemp("story") / "localcloud") as stage:
        stage.cdk("deploy", "--all", "--require-approval", "never")
        yield stage


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A version that the training state machine registered, and what told of it."""

    operator: Operator
    model_package_arn: str
    package: dict[str, Any]  # as it was described when it had just been registered


@pytest.fixture(scope="package")
def north(stage: Stage) -> Operator:
    return stage.operator("north-mill")


@pytest.fixture(scope="package")
def south(stage: Stage) -> Operator:
    return stage.operator("south-mill")


@pytest.fixture(scope="package")
def mills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each tenant's training set and traffic."""
    return data.write(tmp_path_factory.mktemp("mills"))


@pytest.fixture(scope="package")
def first_version(north: Operator, mills: dict[str, Path]) -> Trained:
    """The first version, registered and waiting for approval."""
    north.succeeded(north.train(mills["north-mill"] / "training.parquet", trees=30))
    arn = north.newest_version()
    package = north.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return Trained(operator=north, model_package_arn=arn, package=package)


@pytest.fixture(scope="package")
def serving(first_version: Trained) -> Operator:
    """The operator of the north mill, whose first version is approved and serves."""
    execution = first_version.operator.decide(first_version.model_package_arn, "Approved")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    return first_version.operator
