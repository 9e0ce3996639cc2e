"""With which key of KMS a queue or a topic is encrypted."""

from ministack.services import kms, sns, sqs


def key_of(resource_arn: str) -> str | None:
    """The ARN of the key that encrypts a queue or a topic, or None where it has none of its own.

    A key that does not exist (any more) is returned as it was named.
    """
    match resource_arn.split(":")[2]:
        case "sqs":
            resource = sqs._queue_by_arn(resource_arn)
        case "sns":
            resource = sns._topic_by_arn_any_scope(resource_arn)
        case _:
            return None
    named = (resource or {}).get("attributes", {}).get("KmsMasterKeyId")
    if not named:
        return None
    key = kms._resolve_key(named)
    return str(key["Arn"] if key else named)
