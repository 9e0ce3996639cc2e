"""A rule, a schedule or a topic calls its target with somebody's permission, as on AWS.

A topic needs the function's own policy. A schedule uses its target's role. A rule uses the target's
role where one is given; functions, queues and topics may instead let EventBridge in by their own
policies, state machines and buses may not.
"""

import logging
from typing import Any

from localcloud import access
from localcloud.config import Config
from localcloud.hooks.targets import refuse_subscribers_with, refuse_targets_with

_ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
}
_WITH_POLICY = {"lambda", "sns", "sqs"}
_RULES, _SCHEDULES = "events.amazonaws.com", "scheduler.amazonaws.com"


def install(_config: Config) -> None:
    """Asks before each target is called; the server's log tells of the refused."""
    tell = logging.getLogger("localcloud").warning
    refuse_targets_with(refusal, tell)
    refuse_subscribers_with(
        lambda function, topic: access.service_may(
            "sns.amazonaws.com", "lambda:InvokeFunction", function, topic
        ),
        tell,
    )


def refusal(target: dict[str, Any], source_arn: str, scheduled: bool) -> str | None:
    """Why a target may not be called, or None where it may."""
    arn = target.get("Arn", "")
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    action = _ACTIONS.get(service)
    if action is None or ":api-destination/" in arn:
        return None
    if role_arn := target.get("RoleArn"):
        return access.role_denial(role_arn, _SCHEDULES if scheduled else _RULES, action, arn)
    if scheduled or service not in _WITH_POLICY:
        return f"the target has no RoleArn, which a target of {service} needs"
    if access.service_may(_RULES, action, arn, source_arn):
        return None
    return f"no policy of {arn} lets {_RULES} do {action} for {source_arn}"
