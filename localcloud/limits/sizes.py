"""Sizes of what is sent and stored: events, payloads, environments, parameters, tags."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.limits.exceeded import Check, Exceeded, Parameters

_MIB = 1024 * 1024
_EVENTS = _MIB  # of one PutEvents, all entries together
_SYNCHRONOUS, _ASYNCHRONOUS = 6 * _MIB, _MIB
_ENVIRONMENT = 4096
_BATCH = 4 * _MIB  # of one PutRecordBatch
_PARAMETER = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}
_LEAST_TIMEOUT, _MOST_TIMEOUT = 50, 29_000  # milliseconds, of an API's integration
_DATA_RESOURCES = 250  # of a trail, over all its selectors
_TAGS = 50
_OF_AWS = "aws:"  # of keys that do not count, such as those that CloudFormation adds
_ENTRY_OVERHEAD = 14  # what EventBridge counts for an entry's time


def _put_events(parameters: Parameters) -> None:
    size = sum(map(_entry_bytes, parameters.get("Entries", [])))
    if size > _EVENTS:
        message = (
            f"Total size of the entries in the request is over the limit: {size} bytes, at most "
            f"{_EVENTS}"
        )
        raise Exceeded("ValidationException", message)


def _entry_bytes(entry: Mapping[str, Any]) -> int:
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    size = sum(len(text.encode()) for text in [*texts, *entry.get("Resources", [])])
    return size + (_ENTRY_OVERHEAD if entry.get("Time") else 0)


def _invoke(parameters: Parameters) -> None:
    payload = parameters.get("Payload") or b""
    asynchronous = parameters.get("InvocationType") == "Event"
    limit = _ASYNCHRONOUS if asynchronous else _SYNCHRONOUS
    if len(payload) > limit:
        message = (
            f"{len(payload)} byte payload is too large for the operation (limit {limit} bytes)"
        )
        raise Exceeded("RequestTooLargeException", message, 413)


def check_environment(parameters: Parameters) -> None:
    """Checks a function's environment.

    Raises:
        Exceeded: Names and values together pass 4 KB.
    """
    variables = (parameters.get("Environment") or {}).get("Variables") or {}
    if len(json.dumps(variables, separators=(",", ":")).encode()) > _ENVIRONMENT:
        raise Exceeded(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided exceeded the 4KB limit.",
        )


def _parameter(parameters: Parameters) -> None:
    tier = parameters.get("Tier") or "Standard"
    size, limit = len(str(parameters.get("Value", "")).encode()), _PARAMETER.get(tier, _ENVIRONMENT)
    if size > limit:
        raise Exceeded(
            "ValidationException",
            f"{tier} tier parameters support a maximum parameter value of {limit} characters; this "
            f"one has {size}.",
        )


def _record_batch(parameters: Parameters) -> None:
    size = sum(len(record.get("Data", "")) * 3 // 4 for record in parameters.get("Records", []))
    if size > _BATCH:
        message = f"Records size exceeds {_BATCH} bytes limit: {size}"
        raise Exceeded("InvalidArgumentException", message)


def check_tags(parameters: Parameters) -> None:
    """Checks the number of a resource's tags, of any type.

    Raises:
        Exceeded: There are more than AWS lets a resource have.
    """
    tags = parameters.get("Tags") or parameters.get("tags") or ()
    keys = [tag.get("Key", "") if isinstance(tag, dict) else str(tag) for tag in tags]
    count = sum(not key.startswith(_OF_AWS) for key in keys)
    if count > _TAGS:
        raise Exceeded("TooManyTagsException", f"{count} tags; at most {_TAGS}")


def _timeout(parameters: Parameters) -> None:
    integration = parameters.get("Integration") or parameters
    milliseconds = integration.get("TimeoutInMillis") or integration.get("timeoutInMillis")
    if milliseconds is not None and not _LEAST_TIMEOUT <= int(milliseconds) <= _MOST_TIMEOUT:
        message = f"Timeout should be between {_LEAST_TIMEOUT} ms and {_MOST_TIMEOUT} ms"
        raise Exceeded("BadRequestException", message)


def _event_selectors(parameters: Parameters) -> None:
    selectors = parameters.get("EventSelectors") or ()
    data = [one for selector in selectors for one in selector.get("DataResources", ())]
    count = sum(len(one.get("Values", ())) for one in data)
    if count > _DATA_RESOURCES:
        message = f"{count} data resources in the trail's selectors; at most {_DATA_RESOURCES}"
        raise Exceeded("InvalidEventSelectorsException", message)


OPERATIONS: Mapping[tuple[str, str], Sequence[Check]] = {
    ("apigateway", "PutIntegration"): [_timeout],
    ("cloudtrail", "PutEventSelectors"): [_event_selectors],
    ("events", "PutEvents"): [_put_events],
    ("firehose", "PutRecordBatch"): [_record_batch],
    ("lambda", "CreateFunction"): [check_environment],
    ("lambda", "Invoke"): [_invoke],
    ("lambda", "UpdateFunctionConfiguration"): [check_environment],
    ("ssm", "PutParameter"): [_parameter],
}
TYPES: Mapping[str, Sequence[Check]] = {
    "AWS::ApiGateway::Method": [_timeout],
    "AWS::CloudTrail::Trail": [_event_selectors],
    "AWS::Lambda::Function": [check_environment],
    "AWS::SSM::Parameter": [_parameter],
}
