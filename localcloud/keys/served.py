"""Refuses requests whose keys cannot be used, each in its service's own words."""

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from localcloud import access
from localcloud.config import Config
from localcloud.errors import LocalCloudError
from localcloud.hooks import cloudformation, identity, services
from localcloud.keys import requests
from localcloud.keys.requests import Needed, Needs
from localcloud.keys.uses import Reason, Refusal, refuse_caller, refuse_service

_DENIED, _DISABLED, _INVALID, _NOT_FOUND = Reason
_KMS = {_DENIED: "KMSAccessDeniedException", _DISABLED: "KMSDisabledException",
        _INVALID: "KMSInvalidStateException", _NOT_FOUND: "KMSNotFoundException"}  # fmt: skip
_SNS = {reason: code.removesuffix("Exception") for reason, code in _KMS.items()}
_SQS = {reason: code.replace("KMS", "Kms") for reason, code in _SNS.items()}
_log = logging.getLogger("localcloud")


def _always(code: str) -> dict[Reason, str]:
    return dict.fromkeys(Reason, code)


# By MiniStack's name of a service: what it needs, and the codes of its errors.
_SERVICES: dict[str, tuple[Needs, dict[Reason, str]]] = {
    "cloudtrail": (
        requests.trails,
        {_DENIED: "InsufficientEncryptionPolicyException", _DISABLED: "KmsKeyDisabledException",
         _INVALID: "KmsException", _NOT_FOUND: "KmsKeyNotFoundException"},
    ),
    "dynamodb": (requests.tables, _always("AccessDeniedException")),
    "firehose": (requests.delivery_streams, _always("InvalidKMSResourceException")),
    "kinesis": (requests.streams, _KMS),
    "lambda": (requests.functions, _KMS),
    "logs": (requests.logs, _always("InvalidParameterException")),
    "secretsmanager": (
        requests.secrets, {**_always("EncryptionFailure"), _DENIED: "AccessDeniedException"},
    ),
    "sns": (requests.topics, _SNS),
    "sqs": (requests.queues, _SQS),
    "ssm": (requests.parameters, {**_always("InvalidKeyId"), _DENIED: "AccessDeniedException"}),
    "states": (
        requests.state_machines,
        {**_always("KmsInvalidStateException"), _DENIED: "KmsAccessDeniedException"},
    ),
}  # fmt: skip


class KeyRefused(LocalCloudError):
    """A stack's resource was refused its key."""


def install(_config: Config) -> None:
    """Watches the requests of every service that encrypts, and the resources of stacks."""
    for service, (needs, codes) in _SERVICES.items():
        services.before(service, _look(service, needs, codes))
    cloudformation.check_changes_with(_check)


def _look(service: str, needs: Needs, codes: dict[Reason, str]) -> services.Before:
    def look(request: services.Request) -> services.Answer | None:
        operation, parameters = _read(service, request)
        for needed in needs(operation, parameters):
            if refused := refusal(needed, identity.access_key_of(request.headers)):
                _log.info("%s %s: %s", service, operation, refused.message)
                answer = identity.refusal(
                    service, request.headers, refused.message, code=codes[refused.reason]
                )
                return 400, answer[1], answer[2]
        return None

    return look


def refusal(needed: Needed, access_key: str) -> Refusal | None:
    """Why a key may not be used as needed, or None where it may."""
    if needed.role:
        return refuse_caller(access.role_access_key(needed.role, needed.service), needed.use)
    if needed.service:
        return refuse_service(needed.service, needed.use, needed.source)
    return refuse_caller(access_key, needed.use)


def _read(service: str, request: services.Request) -> tuple[str, dict[str, Any]]:
    """The operation and the parameters of a request, in whichever protocol it came."""
    target = request.headers.get("x-amz-target", "")
    if target or service == "lambda":
        return _lambda_operation(request) if service == "lambda" else (
            target.rpartition(".")[2], _object(request.body)
        )  # fmt: skip
    form = {**request.query, **parse_qs(request.body.decode(errors="replace"))}
    flat = {key: value[0] if isinstance(value, list) else value for key, value in form.items()}
    return flat.get("Action", ""), {"QueueUrl": request.path, **flat}


def _lambda_operation(request: services.Request) -> tuple[str, dict[str, Any]]:
    if request.method == "POST" and request.path.rstrip("/").endswith("/functions"):
        return "CreateFunction", _object(request.body)
    if request.method == "PUT" and request.path.endswith("/configuration"):
        return "UpdateFunctionConfiguration", _object(request.body)
    return "", {}


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body or b"{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _new_table(properties: dict[str, Any], name: str) -> Needed | None:
    key = (properties.get("SSESpecification") or {}).get("KMSMasterKeyId")
    return requests.new_table(properties.get("TableName") or name, key) if key else None


def _new_log_group(properties: dict[str, Any], name: str) -> Needed | None:
    key = properties.get("KmsKeyId")
    return requests.new_log_group(properties.get("LogGroupName") or name, key) if key else None


def _new_delivery_stream(properties: dict[str, Any], _name: str) -> Needed | None:
    given = properties.get("DeliveryStreamEncryptionConfigurationInput") or {}
    return requests.new_delivery_stream(given["KeyARN"]) if given.get("KeyARN") else None


def _new_function(properties: dict[str, Any], _name: str) -> Needed | None:
    key = properties.get("KmsKeyArn")
    return requests.new_function(key) if key else None


_TYPES: dict[str, Callable[[dict[str, Any], str], Needed | None]] = {
    "AWS::DynamoDB::Table": _new_table,
    "AWS::KinesisFirehose::DeliveryStream": _new_delivery_stream,
    "AWS::Lambda::Function": _new_function,
    "AWS::Logs::LogGroup": _new_log_group,
}


def _check(change: cloudformation.Change) -> None:
    """MiniStack's stacks make these without a request."""
    if change.action == "delete" or change.type_name not in _TYPES:
        return
    name = change.physical_id or f"{change.stack}-{change.logical_id}"
    needed = _TYPES[change.type_name](change.properties, name)
    if not needed:
        return
    if refused := refusal(needed, access.stack_access_key()):
        raise KeyRefused(refused.message)
