"""A service that delivers to an encrypted queue or topic needs the key as well.

That is a permission which is easily forgotten: without it the messages are lost silently on AWS.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from localcloud.hooks.encryption import key_of
from localcloud.keys.uses import Use, refuse_service
from localcloud.sources import source_keys

ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_CONTEXT = {"sns": "aws:sns:topicArn", "sqs": "aws:sqs:arn"}


def refusal(principal: str, resource_arn: str, source_arn: str) -> str | None:
    """Why a service may not encrypt what it delivers, or None where it may or need not."""
    key = key_of(resource_arn)
    if key is None:
        return None
    service = resource_arn.split(":")[2]
    use = Use(
        service=service,
        key=key,
        actions=ACTIONS,
        encryption_context={_CONTEXT[service]: resource_arn},
    )
    account = source_arn.split(":")[4] or resource_arn.split(":")[4]
    refused = refuse_service(
        principal, use, source_keys(principal, resource_arn, source_arn, account)
    )
    return f"{resource_arn} is encrypted: {refused.message}" if refused else None
