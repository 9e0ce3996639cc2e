"""One embedded cloud for all tests that run on it; each test uses names of its own."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from localcloud import lifecycle
from localcloud.config import Config

# A minute of schedules, waits and alarm periods takes three seconds.
CLOCK_SPEED = 20.0
ROOT = Path(__file__).parents[2]
_QUIET_CDK = {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1", "CI": "true"}


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """The embedded cloud, as its users reach it."""

    folder: Path
    environment: dict[str, str]

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client: the administrator's, or with the credentials given."""
        root = {
            "aws_access_key_id": self.environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": self.environment["AWS_SECRET_ACCESS_KEY"],
        }
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            **(credentials or root),
        )

    def run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a program that finds the embedded cloud in its environment."""
        return subprocess.run(
            command,
            cwd=cwd,
            env=lifecycle.inside(self.folder, os.environ) | _QUIET_CDK,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def cdk(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs the real CDK CLI."""
        return self.run(str(ROOT / "node_modules/.bin/cdk"), *arguments, cwd=cwd)

    def role(self, service: str, *statements: dict[str, Any]) -> str:
        """A new role that a service may assume, with these permissions; its ARN."""
        iam, name = self.client("iam"), f"role-{uuid.uuid4().hex[:12]}"
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(
                RoleName=name, PolicyName="allowed", PolicyDocument=policy(*statements)
            )
        return str(arn)

    def user(self, *statements: dict[str, Any]) -> dict[str, str]:
        """The credentials of a new IAM user with these permissions, for `client`."""
        iam, name = self.client("iam"), f"user-{uuid.uuid4().hex[:12]}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }


def eventually(found: Callable[[], Any], seconds: float = 20) -> Any:
    """What `found` returns as soon as it is true; an assertion error where it never is."""
    for _ in range(int(seconds / 0.05)):
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def allow(*actions: str, on: str = "*") -> dict[str, Any]:
    """A statement of a policy."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def policy(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded cloud that is up."""
    folder = tmp_path_factory.mktemp("cloud") / "localcloud"
    lifecycle.up(Config(port=lifecycle.free_port(), folder=folder, clock_speed=CLOCK_SPEED))
    try:
        yield Cloud(folder=folder, environment=lifecycle.environment(folder))
    finally:
        lifecycle.down(folder)
