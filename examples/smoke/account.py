"""The account that the environment names: AWS, or the embedded cloud."""

import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from examples.demo.operator import GaveUp, Operator
from examples.demo.stage import MODEL

ROOT = Path(__file__).parents[2]
SETTINGS = Path(__file__).parent / "terrace.yaml"
TENANTS = ("smoke-light", "smoke-smb")
# A training or a rollout on AWS takes some minutes, and captured records come minutes later.
PATIENCE_SECONDS = 3600
_SHOWN = 3000


@cache
def client(service: Any) -> Any:
    """A client with the environment's credentials."""
    return boto3.client(service)


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where the steps run.

    Attributes:
        folder: Where the commands' output is kept.
    """

    folder: Path

    @property
    def is_embedded(self) -> bool:
        """Whether it is the embedded cloud: what is seen there says nothing of AWS."""
        return "AWS_ENDPOINT_URL" in os.environ

    def operator(self, tenant: str) -> Operator:
        """Who runs a tenant's model."""
        return Operator(
            client=client, tenant=tenant, model=MODEL, patience_seconds=PATIENCE_SECONDS
        )

    def run(self, program: str, *arguments: str, expected: tuple[int, ...] = (0,)) -> str:
        """Runs a program on the smoke test's settings; what it printed.

        Raises:
            GaveUp: It ended with another exit code than those expected.
        """
        done = subprocess.run(
            [program, *arguments],
            cwd=ROOT,
            env=os.environ | {"TERRACE_SETTINGS": str(SETTINGS)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        log = self.folder / f"{program}-{arguments[0]}.log"
        log.write_text(done.stdout)
        if done.returncode not in expected:
            command = f"{program} {' '.join(arguments)}"
            raise GaveUp(
                f"{command} ended with {done.returncode} ({log}):\n{done.stdout[-_SHOWN:]}"
            )
        return done.stdout

    def cdk(self, command: str, *arguments: str) -> str:
        """Runs the CDK on the smoke test's stacks."""
        output = str(self.folder / "cdk.out")
        return self.run("cdk", command, "--all", "--output", output, *arguments)
