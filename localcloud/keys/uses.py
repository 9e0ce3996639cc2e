"""A use of a key by one of AWS's services, for a caller or for itself."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from localcloud.hooks import keys
from localcloud.hooks.keys import Caller, Key
from localcloud.keys.authorization import denial

# Keys that AWS manages: their policies let everyone in the account use them through the service.
_MANAGED = "alias/aws/"


class Reason(StrEnum):
    """Why a key cannot be used."""

    DENIED = "AccessDenied"
    DISABLED = "Disabled"
    INVALID_STATE = "InvalidState"
    NOT_FOUND = "NotFound"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A use that KMS refused."""

    reason: Reason
    message: str


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a service asks of KMS.

    Attributes:
        service: The service's name in `kms:ViaService`, for example `s3`.
        key: The key's id, ARN or alias.
        actions: For example `kms:GenerateDataKey`.
        encryption_context: For example the queue's ARN by `aws:sqs:arn`.
        keys: Further condition keys.
    """

    service: str
    key: str
    actions: Sequence[str]
    encryption_context: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


def refuse_caller(access_key: str, use: Use) -> Refusal | None:
    """Why a service may not use a key for whoever holds an access key, or None where it may."""
    if _is_managed(use.key):
        return None
    caller = keys.find_caller(access_key) if access_key else None
    if caller is None:
        return Refusal(reason=Reason.DENIED, message="Requests must be signed to use a KMS key.")
    via = f"{use.service}.{os.environ['AWS_REGION']}.amazonaws.com"
    return _refuse(caller, use, {"kms:ViaService": via})


def refuse_service(principal: str, use: Use, source: Mapping[str, str]) -> Refusal | None:
    """Why a service may not use a key for itself, or None where it may.

    Args:
        principal: For example `events.amazonaws.com`.
        use: What it asks.
        source: What it says of its source: `aws:SourceArn` and `aws:SourceAccount`.
    """
    if _is_managed(use.key):
        message = f"{principal} is not authorized to use {use.key}, which AWS manages"
        return Refusal(reason=Reason.DENIED, message=message)
    described = {"aws:principalisawsservice": "true", "aws:principalservicename": principal}
    caller = Caller(arn=principal, account="", keys=described)
    return _refuse(caller, use, source)


def _is_managed(key: str) -> bool:
    return key.rpartition(":")[2].startswith(_MANAGED)


def _refuse(caller: Caller, use: Use, more: Mapping[str, str]) -> Refusal | None:
    key = keys.find_key(use.key)
    if key is None:
        return Refusal(reason=Reason.NOT_FOUND, message=f"Key '{use.key}' does not exist")
    context = {**use.keys, **keys.context_keys(use.encryption_context), **more}
    for action in use.actions:
        if denied := denial(caller, action, key, context):
            return Refusal(reason=Reason.DENIED, message=denied.message)
    return _unusable(key)


def _unusable(key: Key) -> Refusal | None:
    match key.state:
        case "Enabled":
            return None
        case "Disabled":
            return Refusal(reason=Reason.DISABLED, message=f"{key.arn} is disabled.")
        case "PendingDeletion":
            message = f"{key.arn} is pending deletion."
        case state:
            message = f"{key.arn} is in state {state}."
    return Refusal(reason=Reason.INVALID_STATE, message=message)
