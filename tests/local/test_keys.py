"""Uses of customer managed keys, allowed and refused as AWS does."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, policy

pytestmark = pytest.mark.local

ACCOUNT_USES = ["kms:*"]
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


@pytest.fixture
def vault(cloud: Cloud) -> Vault:
    return new_vault(cloud)


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """The code and the message with which a call is refused."""
    with pytest.raises(ClientError) as error:
        call(**request)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


class TestObjects:
    def test_a_user_without_the_key_cannot_write_an_object(self, vault: Vault) -> None:
        code, message = refused(
            vault.as_user().put_object, Bucket=vault.bucket, Key="one", Body=b"1"
        )
        assert code == "AccessDenied"
        assert (
            f"is not authorized to perform: kms:GenerateDataKey on resource: {vault.key}" in message
        )
        assert message.endswith(
            "because no identity-based policy allows the kms:GenerateDataKey action"
        )

    def test_a_user_with_the_key_writes_and_reads(self, vault: Vault) -> None:
        s3 = vault.as_user(allow(WRITE, READ, on=vault.key))
        s3.put_object(Bucket=vault.bucket, Key="one", Body=b"1")
        answer = s3.get_object(Bucket=vault.bucket, Key="one")
        assert answer["Body"].read() == b"1"
        assert (answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]) == (vault.key, True)

    def test_reading_needs_decrypt_and_listing_needs_nothing(self, vault: Vault) -> None:
        vault.cloud.client("s3").put_object(Bucket=vault.bucket, Key="one", Body=b"1")
        s3 = vault.as_user(allow(WRITE, on=vault.key))
        assert "kms:Decrypt" in refused(s3.get_object, Bucket=vault.bucket, Key="one")[1]
        assert s3.head_object(Bucket=vault.bucket, Key="one")["ContentLength"] == 1
        assert s3.list_objects_v2(Bucket=vault.bucket)["KeyCount"] == 1
        s3.delete_object(Bucket=vault.bucket, Key="one")

    def test_a_policy_of_the_caller_counts_for_nothing_without_the_account_in_the_key(
        self, vault: Vault
    ) -> None:
        user = vault.cloud.user(allow("s3:*"), allow("kms:*"))
        vault.set_policy(service_statement("s3.amazonaws.com", "kms:*"))
        code, message = refused(
            vault.cloud.client("s3", **user).put_object, Bucket=vault.bucket, Key="a", Body=b""
        )
        assert code == "AccessDenied"
        assert "because no resource-based policy allows the kms:GenerateDataKey action" in message
        # Not even the account's root user is allowed what no key policy allows.
        assert (
            refused(vault.cloud.client("s3").put_object, Bucket=vault.bucket, Key="a", Body=b"")[0]
            == "AccessDenied"
        )

    def test_a_deny_in_the_key_policy_wins(self, vault: Vault) -> None:
        everyone = {"Effect": "Deny", "Principal": "*", "Action": READ, "Resource": "*"}
        vault.set_policy(delegation(vault.cloud), everyone)
        s3 = vault.as_user(allow("kms:*"))
        s3.put_object(Bucket=vault.bucket, Key="a", Body=b"")
        _, message = refused(s3.get_object, Bucket=vault.bucket, Key="a")
        assert "with an explicit deny in a resource-based policy" in message

    def test_a_key_may_be_for_one_service_and_bucket_only(self, vault: Vault) -> None:
        arn, region = f"arn:aws:s3:::{vault.bucket}", vault.cloud.environment["AWS_REGION"]
        scoped = {
            "kms:ViaService": f"s3.{region}.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": arn,
        }
        vault.set_policy(delegation(vault.cloud, StringEquals=scoped))
        s3 = vault.as_user(allow("kms:*"))
        s3.put_object(Bucket=vault.bucket, Key="a", Body=b"")
        without_bucket_key = {
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": vault.key,
            "BucketKeyEnabled": False,
        }
        assert (
            refused(s3.put_object, Bucket=vault.bucket, Key="a", Body=b"", **without_bucket_key)[0]
            == "AccessDenied"
        )
        kms = vault.as_user(allow("kms:*"), service="kms")
        assert refused(kms.generate_data_key, KeyId=vault.key, KeySpec="AES_256")[0] == (
            "AccessDeniedException"
        )

    def test_without_a_bucket_key_the_context_is_the_object(self, cloud: Cloud) -> None:
        vault = new_vault(cloud, bucket_key=False)
        context = {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{vault.bucket}/north/*"}
        vault.set_policy(delegation(cloud, ArnLike=context))
        s3 = vault.as_user(allow("kms:*"))
        s3.put_object(Bucket=vault.bucket, Key="north/a", Body=b"")
        s3.get_object(Bucket=vault.bucket, Key="north/a")
        assert refused(s3.put_object, Bucket=vault.bucket, Key="south/a", Body=b"")[0] == (
            "AccessDenied"
        )

    def test_a_copy_reads_with_one_key_and_writes_with_another(self, cloud: Cloud) -> None:
        source, target = new_vault(cloud), new_vault(cloud)
        cloud.client("s3").put_object(Bucket=source.bucket, Key="a", Body=b"1")
        copy = {
            "Bucket": target.bucket,
            "Key": "b",
            "CopySource": {"Bucket": source.bucket, "Key": "a"},
        }
        only_target = target.as_user(allow(WRITE, READ, on=target.key))
        assert source.key in refused(only_target.copy_object, **copy)[1]
        only_source = target.as_user(allow(WRITE, READ, on=source.key))
        assert target.key in refused(only_source.copy_object, **copy)[1]
        both = target.as_user(allow(READ, on=source.key), allow(WRITE, on=target.key))
        both.copy_object(**copy)

    def test_an_upload_in_parts_needs_to_decrypt(self, vault: Vault) -> None:
        s3 = vault.as_user(allow(WRITE, on=vault.key))
        one = {"Bucket": vault.bucket, "Key": "parts"}
        upload = s3.create_multipart_upload(**one)["UploadId"]
        assert (
            "kms:Decrypt"
            in refused(s3.upload_part, **one, UploadId=upload, PartNumber=1, Body=b"1")[1]
        )
        able = vault.as_user(allow(WRITE, READ, on=vault.key))
        upload = able.create_multipart_upload(**one)["UploadId"]
        part = able.upload_part(**one, UploadId=upload, PartNumber=1, Body=b"1")
        parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
        able.complete_multipart_upload(**one, UploadId=upload, MultipartUpload={"Parts": parts})

    def test_a_disabled_key_and_a_key_to_be_deleted_encrypt_nothing(self, vault: Vault) -> None:
        kms, s3 = vault.cloud.client("kms"), vault.cloud.client("s3")
        s3.put_object(Bucket=vault.bucket, Key="a", Body=b"")
        kms.disable_key(KeyId=vault.key)
        assert refused(s3.get_object, Bucket=vault.bucket, Key="a")[0] == "KMS.DisabledException"
        kms.schedule_key_deletion(KeyId=vault.key)
        assert refused(s3.put_object, Bucket=vault.bucket, Key="a", Body=b"")[0] == (
            "KMS.KMSInvalidStateException"
        )

    def test_a_grant_allows_what_no_policy_does(self, vault: Vault) -> None:
        kms, user = vault.cloud.client("kms"), vault.cloud.user(allow("s3:*"))
        arn = vault.cloud.client("sts", **user).get_caller_identity()["Arn"]
        context = {"aws:s3:arn": f"arn:aws:s3:::{vault.bucket}"}
        kms.create_grant(
            KeyId=vault.key,
            GranteePrincipal=arn,
            Operations=["GenerateDataKey"],
            Constraints={"EncryptionContextSubset": context},
        )
        s3 = vault.cloud.client("s3", **user)
        s3.put_object(Bucket=vault.bucket, Key="a", Body=b"")
        assert refused(s3.get_object, Bucket=vault.bucket, Key="a")[0] == "AccessDenied"

    def test_a_permissions_boundary_limits_the_key(self, vault: Vault) -> None:
        iam, name = vault.cloud.client("iam"), f"bounded-{uuid.uuid4().hex[:8]}"
        boundary = iam.create_policy(PolicyName=name, PolicyDocument=policy(allow("s3:*")))
        iam.create_user(UserName=name, PermissionsBoundary=boundary["Policy"]["Arn"])
        iam.put_user_policy(
            UserName=name, PolicyName="own", PolicyDocument=policy(allow("s3:*", "kms:*"))
        )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        s3 = vault.cloud.client(
            "s3",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )
        _, message = refused(s3.put_object, Bucket=vault.bucket, Key="a", Body=b"")
        assert "because no permissions boundary allows the kms:GenerateDataKey action" in message


class TestOtherServices:
    def test_a_queue_needs_the_key_of_who_sends_and_of_who_receives(self, vault: Vault) -> None:
        name = f"queue-{uuid.uuid4().hex[:8]}"
        attributes = {"KmsMasterKeyId": vault.key}
        url = vault.cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)[
            "QueueUrl"
        ]
        arn = f"arn:aws:sqs:{vault.cloud.environment['AWS_REGION']}:{account(vault.cloud)}:{name}"
        context = {"kms:EncryptionContext:aws:sqs:arn": arn}
        may = {**allow(WRITE, READ, on=vault.key), "Condition": {"StringEquals": context}}
        sender = vault.as_user(may, service="sqs")
        sender.send_message(QueueUrl=url, MessageBody="one")
        stranger = vault.as_user(service="sqs")
        code, message = refused(stranger.send_message, QueueUrl=url, MessageBody="two")
        assert code.endswith("KmsAccessDenied")
        assert "kms:GenerateDataKey" in message
        assert "kms:Decrypt" in refused(stranger.receive_message, QueueUrl=url)[1]
        assert len(sender.receive_message(QueueUrl=url)["Messages"]) == 1

    def test_a_topic_needs_the_key_of_who_publishes(self, vault: Vault) -> None:
        topic = vault.cloud.client("sns").create_topic(
            Name=f"topic-{uuid.uuid4().hex[:8]}", Attributes={"KmsMasterKeyId": vault.key}
        )["TopicArn"]
        context = {"kms:EncryptionContext:aws:sns:topicArn": topic}
        may = {**allow(WRITE, READ, on=vault.key), "Condition": {"StringEquals": context}}
        vault.as_user(may, service="sns").publish(TopicArn=topic, Message="one")
        code, _ = refused(vault.as_user(service="sns").publish, TopicArn=topic, Message="two")
        assert code == "KMSAccessDenied"

    def test_a_table_needs_the_key_of_who_makes_it_and_of_who_uses_it(self, vault: Vault) -> None:
        table = {
            "TableName": f"table-{uuid.uuid4().hex[:8]}",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "SSESpecification": {
                "Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": vault.key,
            },
        }  # fmt: skip
        stranger = vault.as_user(service="dynamodb")
        code, message = refused(stranger.create_table, **table)
        assert code == "AccessDeniedException"
        assert "kms:DescribeKey" in message
        vault.cloud.client("dynamodb").create_table(**table)
        item = {"id": {"S": "1"}}
        assert (
            "kms:Decrypt" in refused(stranger.put_item, TableName=table["TableName"], Item=item)[1]
        )
        reader = vault.as_user(allow(READ, on=vault.key), service="dynamodb")
        reader.put_item(TableName=table["TableName"], Item=item)
        assert reader.get_item(TableName=table["TableName"], Key=item)["Item"] == item

    def test_a_log_group_needs_the_service_of_its_region_in_the_key_policy(
        self, vault: Vault
    ) -> None:
        logs, region = vault.cloud.client("logs"), vault.cloud.environment["AWS_REGION"]
        name = f"/app/{uuid.uuid4().hex[:8]}"
        group = {"logGroupName": name, "kmsKeyId": vault.key}
        assert refused(logs.create_log_group, **group)[0] == "InvalidParameterException"
        arn = f"arn:aws:logs:{region}:{account(vault.cloud)}:log-group:{name}"
        service = service_statement(
            f"logs.{region}.amazonaws.com",
            "kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*",
            "kms:Describe*",
            ArnEquals={"kms:EncryptionContext:aws:logs:arn": arn},
        )  # fmt: skip
        vault.set_policy(delegation(vault.cloud), service)
        logs.create_log_group(**group)
        logs.create_log_stream(logGroupName=name, logStreamName="one")
        event = {"timestamp": 1_700_000_000_000, "message": "kept"}
        stream = {"logGroupName": name, "logStreamName": "one"}
        logs.put_log_events(**stream, logEvents=[event])
        vault.set_policy(delegation(vault.cloud))
        assert refused(logs.put_log_events, **stream, logEvents=[event])[0] == (
            "InvalidParameterException"
        )

    def test_a_secret_needs_the_key_of_who_reads_it(self, vault: Vault) -> None:
        name = f"secret-{uuid.uuid4().hex[:8]}"
        vault.cloud.client("secretsmanager").create_secret(
            Name=name, KmsKeyId=vault.key, SecretString="hidden"
        )
        stranger = vault.as_user(service="secretsmanager")
        assert refused(stranger.get_secret_value, SecretId=name)[0] == "AccessDeniedException"
        reader = vault.as_user(allow(READ, on=vault.key), service="secretsmanager")
        assert reader.get_secret_value(SecretId=name)["SecretString"] == "hidden"

    def test_a_secure_string_needs_the_key_of_who_decrypts_it(self, vault: Vault) -> None:
        name = f"/secure/{uuid.uuid4().hex[:8]}"
        vault.cloud.client("ssm").put_parameter(
            Name=name, Type="SecureString", KeyId=vault.key, Value="hidden"
        )
        stranger = vault.as_user(service="ssm")
        assert stranger.get_parameter(Name=name)["Parameter"]["Value"] != "hidden"
        assert refused(stranger.get_parameter, Name=name, WithDecryption=True)[0] == (
            "AccessDeniedException"
        )
        reader = vault.as_user(allow(READ, on=vault.key), service="ssm")
        answer = reader.get_parameter(Name=name, WithDecryption=True)
        assert answer["Parameter"]["Value"] == "hidden"

    def test_a_trail_needs_to_decrypt_where_its_bucket_has_a_bucket_key(self, vault: Vault) -> None:
        cloudtrail, trail = vault.cloud.client("cloudtrail"), f"trail-{uuid.uuid4().hex[:8]}"
        region = vault.cloud.environment["AWS_REGION"]
        arn = f"arn:aws:cloudtrail:{region}:{account(vault.cloud)}:trail/{trail}"
        principal, source = "cloudtrail.amazonaws.com", {"StringEquals": {"aws:SourceArn": arn}}
        encrypt = service_statement(principal, "kms:GenerateDataKey*", "kms:DescribeKey", **source)
        request = {"Name": trail, "S3BucketName": vault.bucket, "KmsKeyId": vault.key}
        bucket = policy(
            {**allow("s3:GetBucketAcl", "s3:PutObject", on=f"arn:aws:s3:::{vault.bucket}*"),
             "Principal": {"Service": principal}}
        )  # fmt: skip
        vault.cloud.client("s3").put_bucket_policy(Bucket=vault.bucket, Policy=bucket)
        vault.set_policy(delegation(vault.cloud), encrypt)
        code, message = refused(cloudtrail.create_trail, **request)
        assert code == "InsufficientEncryptionPolicyException"
        assert "kms:Decrypt" in message
        decrypt = service_statement(principal, "kms:Decrypt", **source)
        vault.set_policy(delegation(vault.cloud), encrypt, decrypt)
        cloudtrail.create_trail(**request)
