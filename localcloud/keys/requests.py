"""What each service asks of KMS when it serves a request about something encrypted.

The caller is asked for where the service uses the key on the caller's behalf, the service itself
where it uses the key as its own principal.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.hooks import encryption
from localcloud.keys.uses import Use

Parameters = Mapping[str, Any]
_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
_FOR_AWS = {"kms:GrantIsForAWSResource": "true"}


@dataclass(frozen=True, kw_only=True)
class Needed:
    """A use of a key, by the caller, by a service or by a role that a service takes on."""

    use: Use
    service: str = ""
    role: str = ""
    source: Mapping[str, str] = field(default_factory=dict)


# (operation, parameters) -> what it needs
Needs = Callable[[str, Parameters], Iterator[Needed]]


def queues(operation: str, request: Parameters) -> Iterator[Needed]:
    """Messages of an encrypted queue.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    actions = {
        "SendMessage": _WRITE,
        "SendMessageBatch": _WRITE,
        "ReceiveMessage": ("kms:Decrypt",),
    }.get(operation)
    if actions and (found := encryption.queue(request.get("QueueUrl", ""))):
        yield _caller("sqs", found, actions, "aws:sqs:arn")


def topics(operation: str, request: Parameters) -> Iterator[Needed]:
    """Messages to an encrypted topic.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    arn = request.get("TopicArn") or request.get("TargetArn") or ""
    if operation in ("Publish", "PublishBatch") and (found := encryption.topic(arn)):
        yield _caller("sns", found, _WRITE, "aws:sns:topicArn")


def streams(operation: str, request: Parameters) -> Iterator[Needed]:
    """Records of an encrypted data stream.

    Source: https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
    """
    actions = {
        "PutRecord": ("kms:GenerateDataKey",),
        "PutRecords": ("kms:GenerateDataKey",),
        "GetRecords": ("kms:Decrypt",),
    }.get(operation)
    if actions and (found := encryption.stream(request)):
        yield _caller("kinesis", found, actions, "aws:kinesis:arn")


def tables(operation: str, request: Parameters) -> Iterator[Needed]:
    """The table key is made when a table is created, and decrypted when the table is used.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    if operation in ("CreateTable", "UpdateTable"):
        key = (request.get("SSESpecification") or {}).get("KMSMasterKeyId")
        if key:
            yield new_table(request["TableName"], key)
    elif operation in _ITEMS:
        for name in _tables(request):
            if found := encryption.table(name):
                short = found[0].rpartition("/")[2]
                yield Needed(use=_table_use(short, found[1], ("kms:Decrypt",)))


_ITEMS = {
    "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem",
    "BatchWriteItem", "TransactGetItems", "TransactWriteItems", "ExecuteStatement",
}  # fmt: skip


def new_table(name: str, key: str) -> Needed:
    """What whoever creates an encrypted table needs."""
    actions = ("kms:DescribeKey", "kms:CreateGrant", "kms:Encrypt", "kms:Decrypt",
               "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")  # fmt: skip
    return Needed(use=_table_use(name, key, actions, _FOR_AWS))


def _table_use(
    name: str, key: str, actions: tuple[str, ...], keys: Mapping[str, str] | None = None
) -> Use:
    account = encryption.account()
    context = {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": account}
    return Use(
        service="dynamodb", key=key, actions=actions, encryption_context=context, keys=keys or {}
    )


def _tables(request: Parameters) -> Iterator[str]:
    if name := request.get("TableName"):
        yield name
    yield from request.get("RequestItems") or ()
    for item in request.get("TransactItems") or ():
        for part in item.values():
            yield part["TableName"]


def logs(operation: str, request: Parameters) -> Iterator[Needed]:
    """Log groups, whose key CloudWatch Logs uses as its own principal.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    name = request.get("logGroupName") or request.get("logGroupIdentifier") or ""
    if operation == "CreateLogGroup" and request.get("kmsKeyId"):
        yield new_log_group(name, request["kmsKeyId"])
        return
    actions = {
        "PutLogEvents": _WRITE,
        "GetLogEvents": ("kms:Decrypt",),
        "FilterLogEvents": ("kms:Decrypt",),
    }.get(operation)
    if actions and (found := encryption.log_group(name)):
        yield _logs(found, actions)


def new_log_group(name: str, key: str) -> Needed:
    """What CloudWatch Logs needs of the key of a new log group."""
    actions = ("kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom",
               "kms:ReEncryptTo", "kms:GenerateDataKey")  # fmt: skip
    return _logs((encryption.log_group_arn(name), key), actions)


def _logs(found: encryption.Encrypted, actions: tuple[str, ...]) -> Needed:
    arn, key = found
    use = Use(service="logs", key=key, actions=actions, encryption_context={"aws:logs:arn": arn})
    return Needed(use=use, service=f"logs.{os.environ['AWS_REGION']}.amazonaws.com")


def secrets(operation: str, request: Parameters) -> Iterator[Needed]:
    """Secrets with a key of their own.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    """
    has_value = "SecretString" in request or "SecretBinary" in request
    if operation == "CreateSecret" and request.get("KmsKeyId") and has_value:
        yield _caller("secretsmanager", (request["Name"], request["KmsKeyId"]), _WRITE)
        return
    found = encryption.secret(request.get("SecretId", ""))
    writes = operation == "PutSecretValue" or (operation == "UpdateSecret" and has_value)
    if found and (writes or operation == "GetSecretValue"):
        actions = _WRITE if writes else ("kms:Decrypt",)
        yield _caller("secretsmanager", found, actions, "SecretARN")


def parameters(operation: str, request: Parameters) -> Iterator[Needed]:
    """Secure strings.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    """
    if operation == "PutParameter" and request.get("Type") == "SecureString":
        if key := request.get("KeyId"):
            arn = encryption.parameter_arn(request["Name"])
            advanced = request.get("Tier") == "Advanced"
            actions = ("kms:GenerateDataKey",) if advanced else ("kms:Encrypt",)
            yield _caller("ssm", (arn, key), actions, "PARAMETER_ARN")
    elif request.get("WithDecryption"):
        if operation == "GetParametersByPath":
            found = encryption.parameters_below(request.get("Path", ""))
        else:
            found = encryption.parameters([*request.get("Names", ()), request.get("Name", "")])
        for one in found:
            yield _caller("ssm", one, ("kms:Decrypt",), "PARAMETER_ARN")


def state_machines(operation: str, request: Parameters) -> Iterator[Needed]:
    """State machines with a key of their own, which their role must be able to use.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    arn = request.get("stateMachineArn", "")
    if operation == "CreateStateMachine":
        key = (request.get("encryptionConfiguration") or {}).get("kmsKeyId")
        if key:
            actions = ("kms:DescribeKey", "kms:GenerateDataKey")
            yield _caller("states", (arn, key), actions)
    elif operation.startswith("Start") and (found := encryption.state_machine(arn)):
        context = {"aws:states:stateMachineArn": found[0]}
        use = Use(service="states", key=found[1], actions=_WRITE, encryption_context=context)
        yield Needed(use=use, role=found[2], service="states.amazonaws.com")


def delivery_streams(operation: str, request: Parameters) -> Iterator[Needed]:
    """Delivery streams, which use their key by a grant.

    Source: https://docs.aws.amazon.com/firehose/latest/dev/encryption.html
    """
    if operation in ("CreateDeliveryStream", "StartDeliveryStreamEncryption"):
        given = request.get("DeliveryStreamEncryptionConfigurationInput") or {}
        if given.get("KeyARN"):
            yield new_delivery_stream(given["KeyARN"])
    elif operation.startswith("PutRecord") and (
        found := encryption.delivery_stream(request.get("DeliveryStreamName", ""))
    ):
        # By the grant of its creation: only the key's state matters.
        yield Needed(use=Use(service="firehose", key=found[1], actions=()))


def new_delivery_stream(key: str) -> Needed:
    """What whoever creates an encrypted delivery stream needs."""
    use = Use(service="firehose", key=key, actions=("kms:CreateGrant",), keys=_FOR_AWS)
    return Needed(use=use)


def trails(operation: str, request: Parameters) -> Iterator[Needed]:
    """Trails, whose key CloudTrail uses as its own principal.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    if operation not in ("CreateTrail", "UpdateTrail") or not request.get("KmsKeyId"):
        return
    name, account = request["Name"], encryption.account()
    region = os.environ["AWS_REGION"]
    arn = name if name.startswith("arn:") else f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"
    source = {"aws:SourceArn": arn, "aws:SourceAccount": account}
    needed = [("kms:DescribeKey", {}), ("kms:GenerateDataKey", {"aws:cloudtrail:arn": arn})]
    if encryption.has_bucket_key(request.get("S3BucketName", "")):
        needed.append(("kms:Decrypt", {"aws:cloudtrail:arn": arn}))
    for action, context in needed:
        use = Use(
            service="cloudtrail",
            key=request["KmsKeyId"],
            actions=(action,),
            encryption_context=context,
        )
        yield Needed(use=use, service="cloudtrail.amazonaws.com", source=source)


def functions(operation: str, request: Parameters) -> Iterator[Needed]:
    """Functions whose environment has a key of its own.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    if operation in ("CreateFunction", "UpdateFunctionConfiguration") and request.get("KMSKeyArn"):
        yield new_function(request["KMSKeyArn"])


def new_function(key: str) -> Needed:
    """What whoever creates a function with a key for its environment needs."""
    actions = ("kms:CreateGrant", "kms:Encrypt")
    return Needed(use=Use(service="lambda", key=key, actions=actions, keys=_FOR_AWS))


def _caller(
    service: str, found: encryption.Encrypted, actions: tuple[str, ...], name: str = ""
) -> Needed:
    arn, key = found
    context = {name: arn} if name else {}
    return Needed(use=Use(service=service, key=key, actions=actions, encryption_context=context))
