"""The doctor and the smoke test, as somebody with a new account runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.smoke.account import SETTINGS
from localcloud import lifecycle
from localcloud.config import Config
from tests.local.stages import CLOCK_SPEED, ROOT

GITHUB = "https://token.actions.githubusercontent.com"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a shell that points at a new, empty embedded cloud."""
    folder = tmp_path_factory.mktemp("smoke") / "localcloud"
    lifecycle.up(Config(port=lifecycle.free_port(), folder=folder, clock_speed=CLOCK_SPEED))
    try:
        yield lifecycle.inside(folder, os.environ)
    finally:
        lifecycle.down(folder)


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """The shipped file's templates: those of a platform that GitHub deploys."""
    folder = tmp_path_factory.mktemp("synthesized") / "cdk.out"
    command = ["cdk", "synth", "--quiet", "--output", str(folder)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folder


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def findings(environment: dict[str, str], *arguments: str) -> tuple[int, list[dict[str, str]]]:
    """The doctor's exit code and what it found."""
    done = run(environment, "terrace", "doctor", "--json", *arguments)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def of(found: list[dict[str, str]], check: str) -> dict[str, str]:
    return next(finding for finding in found if finding["check"] == check)


def test_a_new_account_is_told_to_bootstrap(environment: dict[str, str], synthesized: Path) -> None:
    code, found = findings(environment, "--cdk-out", str(synthesized))
    assert code == 2
    assert of(found, "bootstrap")["verdict"] == "problem"
    assert "cdk bootstrap aws://" in of(found, "bootstrap")["remedy"]


def test_a_region_that_is_denied_or_unknown_is_named(
    environment: dict[str, str], synthesized: Path
) -> None:
    nowhere = environment | {"AWS_REGION": "us-nowhere-9", "AWS_DEFAULT_REGION": "us-nowhere-9"}
    code, found = findings(nowhere, "--cdk-out", str(synthesized))
    assert code == 2
    assert "us-nowhere-9" in of(found, "region")["message"]


def test_the_doctor_changes_nothing_and_the_smoke_test_leaves_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    account = environment["AWS_ACCESS_KEY_ID"]
    target = f"aws://{account}/{environment['AWS_REGION']}"
    subprocess.run(["cdk", "bootstrap", target], cwd=tmp_path, env=environment, check=True)
    code, found = findings(environment, str(SETTINGS))
    assert (code, [f for f in found if f["verdict"] == "problem"]) == (0, [])

    done = run(environment, sys.executable, "-m", "examples.smoke")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "smoke-smb serves version 1 again" in done.stdout
    assert "cdk destroy left nothing" in done.stdout
    assert "Cost on AWS: about $" in done.stdout


def test_an_oidc_provider_of_somebody_else_is_named(
    environment: dict[str, str], tmp_path: Path
) -> None:
    settings: Any = SETTINGS.read_text().replace("platform: {}", "platform: {repository: a/b}")
    file = tmp_path / "terrace.yaml"
    file.write_text(settings)
    created = run(
        environment, "aws", "iam", "create-open-id-connect-provider", "--url", GITHUB,
        "--client-id-list", "sts.amazonaws.com", "--thumbprint-list", "0" * 40,
    )  # fmt: skip
    assert created.returncode == 0, created.stderr
    code, found = findings(environment, str(file))
    assert code == 2
    assert "OIDC provider" in of(found, "singletons")["message"]
