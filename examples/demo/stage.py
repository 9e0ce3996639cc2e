"""What every chapter of the demo can reach."""

import email
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.policy import default
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from examples.demo.operator import GaveUp, Operator, Person, waited_for

MODEL = "tool-wear"
TENANTS = ("north-mill", "south-mill", "workshop")


@cache
def _client(service: str, endpoint_url: str, region: str, key: str, secret: str) -> Any:
    make: Any = boto3.session.Session().client  # its stubs know literal service names alone
    return make(
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The embedded cloud's address and credentials, and the operators."""

    root: Path
    folder: Path
    environment: Mapping[str, str]
    facts: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client with what `eval "$(terrace local env)"` gives a shell."""
        names = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        return _client(service, *(self.environment[name] for name in names))

    def person(self, name: str) -> Person:
        """Somebody who may approve versions and nothing else, with credentials of their own."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        actions = ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"]
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.put_user_policy(
            UserName=name,
            PolicyName="approves",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        url, region = self.environment["AWS_ENDPOINT_URL"], self.environment["AWS_REGION"]
        client = _client("sagemaker", url, region, key["AccessKeyId"], key["SecretAccessKey"])
        arn = f"arn:aws:iam::{self.client('sts').get_caller_identity()['Account']}:user/{name}"
        return Person(arn=arn, sagemaker=client)

    def operator(self, tenant: str, model: str = MODEL) -> Operator:
        """The person who runs one of the tenant's models."""
        return Operator(client=self.client, tenant=tenant, model=model)

    def bootstrap(self) -> None:
        """Deploys the CDK's own toolkit stack."""
        account = self.client("sts").get_caller_identity()["Account"]
        # Outside the project, where the CDK finds no app that it would synthesize first.
        self.cdk("bootstrap", f"aws://{account}/{self.environment['AWS_REGION']}", cwd=self.folder)

    def cdk(self, *arguments: str, cwd: Path | None = None) -> str:
        """Runs the CDK's own command line in the project or another folder; what it printed.

        Raises:
            GaveUp: It failed; the message holds the end of what it printed.
        """
        return self._run("cdk", *arguments, cwd=cwd)

    def terrace(self, *arguments: str) -> str:
        """Runs Terrace's command line in the project; what it printed.

        Raises:
            GaveUp: It failed.
        """
        return self._run("terrace", *arguments)

    def _run(self, program: str, *arguments: str, cwd: Path | None = None) -> str:
        log = self.folder / "logs" / f"{program}-{arguments[0]}.log"
        done = subprocess.run(
            [program, *arguments],
            cwd=cwd or self.root,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        log.write_text(done.stdout)
        if done.returncode:
            raise GaveUp(f"{program} {' '.join(arguments)} failed ({log}):\n{done.stdout[-3000:]}")
        return done.stdout

    def letter(self, tenant: str, about: str, holding: str = "") -> str:
        """The newest e-mail to a tenant's subscriber with a word in its subject, a text in it."""
        outbox = self.folder / "outbox"

        def ask() -> str | None:
            found = [
                letter
                for path in sorted(outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime)
                if (letter := email.message_from_bytes(path.read_bytes(), policy=default))
                and tenant in str(letter["To"])
                and about.lower() in str(letter["Subject"]).lower()
                and holding in str(letter.get_content())
            ]
            return f"{found[-1]['Subject']}\n\n{found[-1].get_content()}" if found else None

        return waited_for(f"an e-mail to {tenant} about {about!r}", ask)
