"""A service that delivers to an encrypted queue or topic needs the key as well.

That is a permission which is easily forgotten: without it the messages are lost silently on AWS.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

from localcloud import access
from localcloud.hooks.encryption import key_of

ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")


def refusal(principal: str, resource_arn: str, source_arn: str) -> str | None:
    """Why a service may not encrypt what it delivers, or None where it may or need not."""
    key = key_of(resource_arn)
    if key is None:
        return None
    for action in ACTIONS:
        if not access.service_may(principal, action, key, source_arn):
            return f"{resource_arn} is encrypted: no policy of {key} lets {principal} do {action}"
    return None
