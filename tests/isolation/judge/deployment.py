"""Two tenants on an embedded cloud, whose names are as near to each other as names can be."""

import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError

from examples.demo.stage import Stage
from localcloud import lifecycle
from localcloud.config import Config

from .attacks import Client, Target

ROOT = Path(__file__).parents[3]
SETTINGS = Path(__file__).parent / "terrace.yaml"
ATTACKER, NEIGHBOUR = "mill", "mill-b"
MUTATED = f"terrace--{ATTACKER}"
_ASSETS = "cdk-hnb659fds-assets-{account}-{region}"
_QUICK = BotoConfig(retries={"total_max_attempts": 1}, parameter_validation=False)
# One session for all clients: each would read AWS's service descriptions anew.
_MAKE: Any = boto3.session.Session().client
_ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{id}",
    "AWS::KMS::Key": "arn:aws:kms:{where}:key/{id}",
    "AWS::SQS::Queue": "arn:aws:sqs:{where}:{last}",
    "AWS::Events::EventBus": "arn:aws:events:{where}:event-bus/{id}",
    "AWS::Events::Rule": "arn:aws:events:{where}:rule/{id}",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{where}:table/{id}",
    "AWS::Lambda::Function": "arn:aws:lambda:{where}:function:{id}",
    "AWS::SSM::Parameter": "arn:aws:ssm:{where}:parameter{id}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{where}:log-group:{id}",
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{where}:alarm:{id}",
    "AWS::SageMaker::Endpoint": "arn:aws:sagemaker:{where}:endpoint/{id}",
    "AWS::SageMaker::ModelPackageGroup": "arn:aws:sagemaker:{where}:model-package-group/{id}",
    "AWS::Scheduler::Schedule": "arn:aws:scheduler:{where}:schedule/{id}",
}


class Stuck(Exception):
    """A stack that can be updated no more."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What was deployed, and clients with anybody's rights.

    Attributes:
        stage: The embedded cloud.
        templates: As synthesized, by stack.
        targets: The resources that have an ARN, by stack and logical id.
    """

    stage: Stage
    templates: Mapping[str, Mapping[str, Any]]
    targets: Mapping[str, Mapping[str, Target]]
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _keys: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, tenant: str) -> list[Target]:
        """All that a tenant has."""
        return [
            one for each in self.targets.values() for one in each.values() if one.tenant == tenant
        ]

    def roles(self, tenant: str) -> list[Target]:
        """A tenant's roles."""
        return [one for one in self.of(tenant) if one.type == "AWS::IAM::Role"]

    def worn(self, role: Target) -> Client:
        """Clients with a role's own rights."""
        if role.arn not in self._keys:
            self._keys[role.arn] = _credentials(self.stage, role)
        return lambda service: self._client(role.arn, service)

    def nobody(self) -> Client:
        """Clients of a user of the account that has no rights."""
        if "nobody" not in self._keys:
            iam, name = self.stage.client("iam"), f"nobody-{uuid.uuid4().hex[:12]}"
            iam.create_user(UserName=name)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            self._keys["nobody"] = {
                "aws_access_key_id": key["AccessKeyId"],
                "aws_secret_access_key": key["SecretAccessKey"],
            }
        return lambda service: self._client("nobody", service)

    def _client(self, who: str, service: str) -> Any:
        if (who, service) not in self._clients:
            self._clients[who, service] = _MAKE(
                service,
                endpoint_url=self.stage.environment["AWS_ENDPOINT_URL"],
                region_name=self.stage.environment["AWS_REGION"],
                config=_QUICK,
                **self._keys[who],
            )
        return self._clients[who, service]

    def name(self, stack: str, logical_id: str) -> str:
        """The name that a resource has now, which a mistake may have changed."""
        described = self.stage.client("cloudformation").describe_stack_resource(
            StackName=stack, LogicalResourceId=logical_id
        )
        physical = str(described["StackResourceDetail"]["PhysicalResourceId"])
        return re.split(r"[|/]", physical)[-1]

    def update(self, stack: str, template: Mapping[str, Any]) -> str:
        """Updates a stack; why CloudFormation refused it, or nothing.

        Raises:
            Stuck: The stack cannot be updated any more.
        """
        cloudformation, s3 = self.stage.client("cloudformation"), self.stage.client("s3")
        bucket = _ASSETS.format(**_where(self.stage))
        s3.put_object(Bucket=bucket, Key="judge.json", Body=json.dumps(template).encode())
        try:
            cloudformation.update_stack(
                StackName=stack,
                TemplateURL=f"{self.stage.environment['AWS_ENDPOINT_URL']}/{bucket}/judge.json",
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            )
        except ClientError as error:
            return str(error)
        return _outcome(cloudformation, stack)


def _outcome(cloudformation: Any, stack: str) -> str:
    while True:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        status = described["StackStatus"]
        if status == "UPDATE_COMPLETE":
            return ""
        if status == "UPDATE_ROLLBACK_COMPLETE":
            return described.get("StackStatusReason") or status
        if status.endswith("_FAILED"):
            raise Stuck(f"{stack}: {status}: {described.get('StackStatusReason')}")
        time.sleep(0.05)


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """The two tenants on an embedded cloud of their own; at the end it is gone."""
    lifecycle.up(Config(port=lifecycle.free_port(), folder=folder / "localcloud"))
    try:
        environment = lifecycle.inside(folder / "localcloud", {})
        stage = Stage(
            root=ROOT,
            folder=folder / "localcloud",
            environment=environment | {"TERRACE_SETTINGS": str(SETTINGS)},
        )
        stage.bootstrap()
        stage.cdk("deploy", "--all", "--require-approval", "never", "--output", str(folder / "out"))
        yield described(stage, folder / "out")
    finally:
        lifecycle.down(folder / "localcloud")


def described(stage: Stage, assembly: Path) -> Deployment:
    """What was deployed of a cloud assembly."""
    ending = ".template.json"
    templates = {
        path.name.removesuffix(ending): json.loads(path.read_text())
        for path in sorted(assembly.glob(f"*{ending}"))
    }
    targets = {stack: dict(_targets(stage, stack)) for stack in templates}
    return Deployment(stage=stage, templates=templates, targets=targets)


def _targets(stage: Stage, stack: str) -> Iterator[tuple[str, Target]]:
    tenant = stack.split("--")[1]
    cloudformation = stage.client("cloudformation")
    arn = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    yield stack, Target(type="AWS::CloudFormation::Stack", id=stack, arn=arn, tenant=tenant)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for resource in (one for page in pages for one in page["StackResourceSummaries"]):
        kind, name = resource["ResourceType"], resource["PhysicalResourceId"]
        if arn := _arn(stage, kind, name):
            target = Target(type=kind, id=name, arn=arn, tenant=tenant)
            yield resource["LogicalResourceId"], target


def _arn(stage: Stage, kind: str, name: str) -> str:
    if name.startswith("arn:"):
        return name
    if kind == "AWS::IAM::Role":
        return str(stage.client("iam").get_role(RoleName=name)["Role"]["Arn"])
    where = "{region}:{account}".format(**_where(stage))
    return _ARNS.get(kind, "").format(id=name, where=where, last=name.rpartition("/")[2])


def _where(stage: Stage) -> dict[str, str]:
    account = stage.environment["AWS_ACCESS_KEY_ID"]
    return {"account": account, "region": stage.environment["AWS_REGION"]}


def _credentials(stage: Stage, role: Target) -> dict[str, str]:
    """A session of a role, which is opened to the administrator for a moment."""
    iam = stage.client("iam")
    trust = iam.get_role(RoleName=role.id)["Role"]["AssumeRolePolicyDocument"]
    own = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{role.arn.split(':')[4]}:root"},
        "Action": "sts:AssumeRole",
    }
    opened = trust | {"Statement": [*trust["Statement"], own]}
    iam.update_assume_role_policy(RoleName=role.id, PolicyDocument=json.dumps(opened))
    try:
        session = stage.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="judge")
    finally:
        iam.update_assume_role_policy(RoleName=role.id, PolicyDocument=json.dumps(trust))
    key = session["Credentials"]
    return {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
        "aws_session_token": key["SessionToken"],
    }
