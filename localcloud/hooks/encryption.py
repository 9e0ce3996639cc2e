"""With which key of KMS a resource is encrypted, as MiniStack keeps it."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import responses
from ministack.services import (
    cloudwatch_logs,
    dynamodb,
    firehose,
    kinesis,
    s3,
    secretsmanager,
    sns,
    sqs,
    ssm,
    stepfunctions,
)

# The ARN of a resource and the key's id, ARN or alias
Encrypted = tuple[str, str]


def key_of(resource_arn: str) -> str | None:
    """The key that encrypts a queue or a topic, as it was named, or None where there is none."""
    match resource_arn.split(":")[2]:
        case "sqs":
            resource = sqs._queue_by_arn(resource_arn)
        case "sns":
            resource = sns._topic_by_arn_any_scope(resource_arn)
        case _:
            return None
    named = (resource or {}).get("attributes", {}).get("KmsMasterKeyId")
    return str(named) if named else None


def require_keys_with(refuse: Callable[[str, str, str], str | None]) -> None:
    """Lets a service deliver to an encrypted queue or topic only where it may use the key.

    `refuse(service, ARN of the queue or topic, source's ARN)` says why not, or None.
    """

    def and_key(allows: Callable[..., bool]) -> Callable[..., bool]:
        def allowed(arn: str, service: str, source_arn: str, account: str) -> bool:
            return allows(arn, service, source_arn, account) and not refuse(
                service, arn, source_arn
            )

        return allowed

    sqs.queue_policy_allows = and_key(sqs.queue_policy_allows)
    sns.topic_policy_allows = and_key(sns.topic_policy_allows)


def queue(url: str) -> Encrypted | None:
    """An encrypted queue."""
    try:
        attributes = sqs._get_q(url)["attributes"]
    except sqs._Err:
        return None
    return _encrypted(attributes["QueueArn"], attributes.get("KmsMasterKeyId"))


def topic(arn: str) -> Encrypted | None:
    """An encrypted topic."""
    return _encrypted(arn, key_of(arn)) if arn.count(":") >= 5 else None


def table(name: str) -> Encrypted | None:
    """A table that has a key of its own, by its name or ARN."""
    record = dynamodb._tables.get(name.rpartition("/")[2]) or {}
    return _encrypted(
        record.get("TableArn", ""), (record.get("SSEDescription") or {}).get("KMSMasterKeyArn")
    )


def stream(request: Mapping[str, Any]) -> Encrypted | None:
    """The encrypted data stream of a request to Kinesis."""
    iterator = kinesis._shard_iterators.get(request.get("ShardIterator") or "") or {}
    _, record = kinesis._resolve_stream({"StreamName": iterator.get("stream"), **request})
    record = record or {}
    return _encrypted(record.get("StreamARN", ""), record.get("KeyId"))


def delivery_stream(name: str) -> Encrypted | None:
    """An encrypted delivery stream."""
    record = firehose._streams.get(name) or {}
    return _encrypted(record.get("arn", ""), (record.get("encryption") or {}).get("KeyARN"))


def log_group(name: str) -> Encrypted | None:
    """An encrypted log group, by its name or ARN."""
    short = name.partition(":log-group:")[2].removesuffix(":*") or name
    record = cloudwatch_logs._log_groups.get(short) or {}
    return _encrypted(log_group_arn(short), record.get("kmsKeyId"))


def log_group_arn(name: str) -> str:
    """The ARN of a log group as the encryption context has it."""
    return str(cloudwatch_logs._make_group_arn(name)).removesuffix(":*")


def secret(name: str) -> Encrypted | None:
    """An encrypted secret, by its name or ARN."""
    _, record = secretsmanager._resolve(name)
    return _encrypted(record["ARN"], record.get("KmsKeyId")) if record else None


def parameters(names: list[str]) -> list[Encrypted]:
    """Those of these parameters that are encrypted."""
    records = [_parameter(name) for name in names]
    named = [(record.get("ARN", ""), record.get("KeyId")) for record in records]
    return [(arn, key) for arn, key in named if arn and key]


def _parameter(name: str) -> dict[str, Any]:
    """A parameter by its name or ARN, with or without a version or a label behind it."""
    _, record = ssm._lookup_parameter(name)
    if record is None:
        _, record = ssm._lookup_parameter(name.rpartition(":")[0])
    return record or {}


def parameters_below(path: str) -> list[Encrypted]:
    """The encrypted parameters of a path."""
    names = [name for name in list(ssm._parameters) if name.startswith(path.rstrip("/") + "/")]
    return parameters(names)


def parameter_arn(name: str) -> str:
    """The ARN of a parameter, also of one that does not exist yet."""
    return str(ssm._param_arn(name))


def state_machine(arn: str) -> tuple[str, str, str] | None:
    """The ARN, the key and the role of an encrypted state machine."""
    # A version or an alias is named behind the machine's own ARN.
    record = stepfunctions._state_machines.get(":".join(arn.split(":")[:7])) or {}
    key = (record.get("encryptionConfiguration") or {}).get("kmsKeyId")
    return (arn, key, record["roleArn"]) if key else None


def _encrypted(arn: str, key: str | None) -> Encrypted | None:
    return (arn, key) if arn and key else None


def has_bucket_key(bucket: str) -> bool:
    """Whether a bucket's default encryption is by KMS with an S3 Bucket Key."""
    configuration = "".join((s3._bucket_encryption.get(bucket) or "").split())
    return "<BucketKeyEnabled>true</BucketKeyEnabled>" in configuration


def account() -> str:
    """The account of the request that is served."""
    return str(responses.get_account_id())
