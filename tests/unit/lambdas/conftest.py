"""A tenant's corner of AWS in memory, and what every handler needs of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws
from moto.s3.models import s3_backends

from lambdas.common.aws import client
from terrace.deployment import Deployment
from terrace.environment import Environment
from terrace.model_settings import Model

ACCOUNT = "123456789012"
TENANT = "north"
MODEL = "tool-wear"
BUCKET = "terrace--north--123456789012-eu-west-1"
REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/terrace--north--training"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:terrace--north--monitoring"
TRAINING = MACHINE.replace("monitoring", "training")
APPROVAL = MACHINE.replace("monitoring", "approval")
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/assets:abc"


@dataclass(frozen=True)
class Context:
    """What Lambda tells a handler of its invocation."""

    function_name: str = "terrace--north--function"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:f"
    aws_request_id: str = "request-1"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """So little that who waits for it fails soon."""
        return 20_200


@dataclass(frozen=True)
class Cloud:
    """AWS as one tenant has it."""

    environment: Environment

    def client(self, service: str) -> Any:
        """A client, the handlers' own: making one takes a tenth of a second."""
        return client(service)

    def put(self, key: str, content: bytes | str) -> str:
        body = content.encode() if isinstance(content, str) else content
        self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def get(self, uri: str) -> bytes:
        key = uri.removeprefix(f"s3://{BUCKET}/")
        return bytes(self.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def keys(self, prefix: str = "") -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", [])]

    def age(self, key: str, *, days: int) -> None:
        """Makes an object older than it is; S3 tells whole seconds alone."""
        found = s3_backends[ACCOUNT]["aws"].buckets[BUCKET].keys[key]
        found.last_modified -= timedelta(days=days)

    def deploy(self, **settings: Any) -> Deployment:
        """Writes the model's SSM parameter, as the tenant's stack does."""
        given = {
            "name": MODEL,
            "source": "examples/cnc-mill",
            "label": "tool_condition",
            "monitors": {"data-quality": {}},
        }
        deployment = Deployment(
            tenant=TENANT,
            model=Model.model_validate(given | settings),
            image=IMAGE,
            training_role_arn=ROLE,
            key_arn=KEY,
        )
        self.client("ssm").put_parameter(
            Name=deployment.names.parameter,
            Value=deployment.model_dump_json(by_alias=True),
            Type="String",
            Overwrite=True,
        )
        return deployment

    def received(self, queue_url: str) -> list[str]:
        """The bodies of what a queue received."""
        answer = self.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        topic = client("sns").create_topic(Name="terrace--north")["TopicArn"]
        environment = Environment(
            tenant=TENANT,
            bucket=BUCKET,
            event_bus="terrace--north",
            topic_arn=topic,
            monitoring_state_machine_arn=MACHINE,
            training_state_machine_arn=TRAINING,
            approval_state_machine_arn=APPROVAL,
        )
        for name, value in environment.dump().items():
            monkeypatch.setenv(name, value)
        client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        client("s3").put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )
        client("events").create_event_bus(Name="terrace--north")
        yield Cloud(environment)


@pytest.fixture
def heard(cloud: Cloud) -> Iterator[list[dict[str, Any]]]:
    """What was put on the tenant's bus; moto's own targets would need packages of their own."""
    entries: list[dict[str, Any]] = []

    def keep(params: dict[str, Any], **_: Any) -> None:
        for entry in params["Entries"]:
            assert (entry["EventBusName"], entry["Source"]) == ("terrace--north", "terrace")
            entries.append({"type": entry["DetailType"], "detail": json.loads(entry["Detail"])})

    hooks = client("events").meta.events
    hooks.register("provide-client-params.eventbridge.PutEvents", keep)
    yield entries
    hooks.unregister("provide-client-params.eventbridge.PutEvents", keep)
