"""An encrypted bucket with its key, and those who may use it or not."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, policy

WRITE, READ = "kms:GenerateDataKey", "kms:Decrypt"


@dataclass(frozen=True, kw_only=True)
class Vault:
    """An encrypted bucket with its key."""

    cloud: Cloud
    bucket: str
    key: str

    def as_user(self, *key_statements: dict[str, Any], service: str = "s3") -> Any:
        """A client of someone who may do everything in S3, SQS and SNS, and this with keys."""
        own = allow("s3:*", "sqs:*", "sns:*", "dynamodb:*", "secretsmanager:*", "ssm:*")
        return self.cloud.client(service, **self.cloud.user(own, *key_statements))

    def set_policy(self, *statements: dict[str, Any]) -> None:
        """Replaces the key's policy."""
        self.cloud.client("kms").put_key_policy(
            KeyId=self.key, PolicyName="default", Policy=policy(*statements)
        )


def account(cloud: Cloud) -> str:
    return str(cloud.client("sts").get_caller_identity()["Account"])


def delegation(cloud: Cloud, **condition: Any) -> dict[str, Any]:
    """The statement by which a key policy leaves the decision to IAM."""
    root = f"arn:aws:iam::{account(cloud)}:root"
    statement = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    return {**statement, **({"Condition": condition} if condition else {})}


def service_statement(service: str, *actions: str, **condition: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions),
        "Resource": "*",
    }
    return {**statement, **({"Condition": condition} if condition else {})}


def new_vault(cloud: Cloud, *, bucket_key: bool = True) -> Vault:
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3, bucket = cloud.client("s3"), f"vault-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return Vault(cloud=cloud, bucket=bucket, key=key)


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """The code and the message with which a call is refused."""
    with pytest.raises(ClientError) as error:
        call(**request)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
