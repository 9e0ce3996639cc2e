"""Queues, topics, tables, logs, secrets and trails: who needs which right on their key."""

import uuid

import pytest

from tests.local.conftest import Cloud, allow, policy
from tests.local.vaults import (
    READ,
    WRITE,
    Vault,
    account,
    delegation,
    new_vault,
    refused,
    service_statement,
)

pytestmark = pytest.mark.local


@pytest.fixture
def vault(cloud: Cloud) -> Vault:
    return new_vault(cloud)


def test_a_queue_needs_the_key_of_who_sends_and_of_who_receives(vault: Vault) -> None:
    name = f"queue-{uuid.uuid4().hex[:8]}"
    attributes = {"KmsMasterKeyId": vault.key}
    url = vault.cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
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


def test_a_topic_needs_the_key_of_who_publishes(vault: Vault) -> None:
    topic = vault.cloud.client("sns").create_topic(
        Name=f"topic-{uuid.uuid4().hex[:8]}", Attributes={"KmsMasterKeyId": vault.key}
    )["TopicArn"]
    context = {"kms:EncryptionContext:aws:sns:topicArn": topic}
    may = {**allow(WRITE, READ, on=vault.key), "Condition": {"StringEquals": context}}
    vault.as_user(may, service="sns").publish(TopicArn=topic, Message="one")
    code, _ = refused(vault.as_user(service="sns").publish, TopicArn=topic, Message="two")
    assert code == "KMSAccessDenied"


def test_a_table_needs_the_key_of_who_makes_it_and_of_who_uses_it(vault: Vault) -> None:
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
    assert "kms:Decrypt" in refused(stranger.put_item, TableName=table["TableName"], Item=item)[1]
    reader = vault.as_user(allow(READ, on=vault.key), service="dynamodb")
    reader.put_item(TableName=table["TableName"], Item=item)
    assert reader.get_item(TableName=table["TableName"], Key=item)["Item"] == item


def test_a_log_group_needs_the_service_of_its_region_in_the_key_policy(vault: Vault) -> None:
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


def test_a_secret_needs_the_key_of_who_reads_it(vault: Vault) -> None:
    name = f"secret-{uuid.uuid4().hex[:8]}"
    vault.cloud.client("secretsmanager").create_secret(
        Name=name, KmsKeyId=vault.key, SecretString="hidden"
    )
    stranger = vault.as_user(service="secretsmanager")
    assert refused(stranger.get_secret_value, SecretId=name)[0] == "AccessDeniedException"
    reader = vault.as_user(allow(READ, on=vault.key), service="secretsmanager")
    assert reader.get_secret_value(SecretId=name)["SecretString"] == "hidden"


def test_a_secure_string_needs_the_key_of_who_decrypts_it(vault: Vault) -> None:
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


def test_a_trail_needs_to_decrypt_where_its_bucket_has_a_bucket_key(vault: Vault) -> None:
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


def test_a_secure_string_by_its_arn_needs_the_key_as_well(vault: Vault) -> None:
    ssm, name = vault.cloud.client("ssm"), f"/secure/{uuid.uuid4().hex[:8]}"
    ssm.put_parameter(Name=name, Type="SecureString", KeyId=vault.key, Value="hidden")
    arn = ssm.get_parameter(Name=name)["Parameter"]["ARN"]
    stranger = vault.as_user(service="ssm")
    assert refused(stranger.get_parameter, Name=arn, WithDecryption=True)[0] == (
        "AccessDeniedException"
    )
    path = name.rpartition("/")[0]
    assert refused(stranger.get_parameters_by_path, Path=path, WithDecryption=True)[0] == (
        "AccessDeniedException"
    )


def test_the_role_of_an_encrypted_state_machine_needs_its_key(vault: Vault) -> None:
    states = vault.cloud.client("stepfunctions")
    statuses = []
    for statements in ([], [allow(WRITE, READ, on=vault.key)]):
        machine = states.create_state_machine(
            name=f"machine-{uuid.uuid4().hex[:8]}",
            roleArn=vault.cloud.role("states.amazonaws.com", *statements),
            definition='{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}',
            encryptionConfiguration={
                "type": "CUSTOMER_MANAGED_KMS_KEY",
                "kmsKeyId": vault.key,
            },
        )["stateMachineArn"]
        try:
            states.start_execution(stateMachineArn=machine)
            statuses.append("started")
        except states.exceptions.KmsAccessDeniedException:
            statuses.append("refused")
    assert statuses == ["refused", "started"]
