"""A rule calls its targets with somebody's permission, as on AWS.

It uses the target's role where one is given; functions, queues and topics may instead let
EventBridge in by their own policies, state machines and buses may not. Who is encrypted must let
EventBridge use the key too. What is not delivered goes to the target's dead-letter queue.
"""

import json
import logging
from typing import Any

from localcloud import access
from localcloud.config import Config
from localcloud.delivery import encryption
from localcloud.hooks import figures
from localcloud.hooks.targets import Target, refuse_targets_with, send_to_queue

PRINCIPAL = "events.amazonaws.com"
_ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
}
_WITH_POLICY = {"lambda", "sns", "sqs"}
_log = logging.getLogger("localcloud")


def install(_config: Config) -> None:
    """Asks before each target is called; the server's log tells of the refused."""
    refuse_targets_with(refusal, bury)


def refusal(target: Target, rule_arn: str) -> str | None:
    """Why a target may not be called, or None where it may."""
    arn = target.get("Arn", "")
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    action = _ACTIONS.get(service)
    if action is None or ":api-destination/" in arn:
        return None
    if role_arn := target.get("RoleArn"):
        denied = access.role_denial(role_arn, PRINCIPAL, action, arn)
        return denied or encryption.role_refusal(role_arn, PRINCIPAL, arn)
    if service not in _WITH_POLICY:
        return f"the target has no RoleArn, which a target of {service} needs"
    return _closed(action, arn, rule_arn)


def _closed(action: str, arn: str, rule_arn: str) -> str | None:
    """Why a resource's own policy, or its key's, does not let EventBridge in."""
    if not access.service_may(PRINCIPAL, action, arn, rule_arn):
        return f"no policy of {arn} lets {PRINCIPAL} do {action} for {rule_arn}"
    return encryption.refusal(PRINCIPAL, arn, rule_arn)


def bury(target: Target, rule_arn: str, event: dict[str, Any], reason: str) -> None:
    """Counts a failed invocation, and puts the event into the target's dead-letter queue."""
    arn = target.get("Arn", "")
    _log.warning("%s cannot call %s: %s", rule_arn, arn, reason)
    *bus, rule = rule_arn.partition(":rule/")[2].split("/")
    dimensions = {"RuleName": rule, **({"EventBusName": bus[0]} if bus else {})}
    figures.count("AWS/Events", "FailedInvocations", dimensions)
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return
    attributes = {
        "ERROR_CODE": "NO_RESOURCE" if reason.startswith("there is no") else "NO_PERMISSIONS",
        "ERROR_MESSAGE": reason,
        "RULE_ARN": rule_arn,
        "TARGET_ARN": arn,
    }
    lost = _closed("sqs:SendMessage", queue, rule_arn)
    if lost := lost or send_to_queue(queue, json.dumps(event), attributes):
        _log.warning("%s cannot send to %s: %s", rule_arn, queue, lost)
