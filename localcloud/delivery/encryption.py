"""A service that delivers to an encrypted queue or topic needs the key as well.

That is a permission which is easily forgotten: without it the messages are lost silently on AWS.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from localcloud import access
from localcloud.config import Config
from localcloud.hooks.encryption import key_of, require_keys_with
from localcloud.keys.uses import Refusal, Use, refuse_caller, refuse_service
from localcloud.sources import source_keys

ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_CONTEXT = {"sns": "aws:sns:topicArn", "sqs": "aws:sqs:arn"}


def install(_config: Config) -> None:
    """Asks also where MiniStack itself looks whether a service may deliver."""
    require_keys_with(refusal)


def refusal(principal: str, resource_arn: str, source_arn: str) -> str | None:
    """Why a service may not encrypt what it delivers, or None where it may or need not."""
    if (use := _use(resource_arn)) is None:
        return None
    account = source_arn.split(":")[4] or resource_arn.split(":")[4]
    source = source_keys(principal, resource_arn, source_arn, account)
    return _message(resource_arn, refuse_service(principal, use, source))


def role_refusal(role_arn: str, principal: str, resource_arn: str) -> str | None:
    """Why a role that a service takes on may not encrypt what it delivers, or None."""
    if (use := _use(resource_arn)) is None:
        return None
    return _message(resource_arn, refuse_caller(access.role_access_key(role_arn, principal), use))


def _use(resource_arn: str) -> Use | None:
    key = key_of(resource_arn)
    if key is None:
        return None
    service = resource_arn.split(":")[2]
    context = {_CONTEXT[service]: resource_arn}
    return Use(service=service, key=key, actions=ACTIONS, encryption_context=context)


def _message(resource_arn: str, refused: Refusal | None) -> str | None:
    return f"{resource_arn} is encrypted: {refused.message}" if refused else None
