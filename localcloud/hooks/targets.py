"""Who may be called by a rule of EventBridge, by a schedule or by a topic."""

import json
from collections.abc import Callable
from typing import Any

from ministack.core.arn import ArnParseError, parse_arn
from ministack.services import eventbridge, sns

# (the target, the ARN of its rule or schedule, is it a schedule?) -> why it may not be called
Refuse = Callable[[dict[str, Any], str, bool], str | None]


def refuse_targets_with(refuse: Refuse, tell: Callable[[str], None]) -> None:
    """Lets `refuse` keep an event from a target; the event goes to its dead-letter queue."""
    invoke_target = eventbridge._invoke_target

    def invoke(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any],
               view: Any = None) -> None:  # fmt: skip
        reason = refuse(target, rule.get("Arn", ""), event.get("Source") == "aws.scheduler")
        if reason is None:
            invoke_target(target, event, rule, view)
            return
        tell(f"{rule.get('Arn')} cannot call {target.get('Arn')}: {reason}")
        if queue := target.get("DeadLetterConfig", {}).get("Arn"):
            _bury(queue, event, view)

    eventbridge._invoke_target = invoke


def _bury(queue_arn: str, event: dict[str, Any], view: Any) -> None:
    shown = (view or eventbridge._pattern_event_view(event)).event_with_detail()
    try:
        eventbridge._dispatch_to_sqs(parse_arn(queue_arn), json.dumps(shown))
    except ArnParseError:
        return


def refuse_subscribers_with(
    allowed: Callable[[str, str], bool], tell: Callable[[str], None]
) -> None:
    """Lets `allowed(function_arn, topic_arn)` keep a topic's messages from a function."""
    deliver = sns._deliver_to_lambda

    def deliver_if_allowed(function_arn: str, envelope: str, topic_arn: str, *more: Any) -> None:
        if allowed(function_arn, topic_arn):
            deliver(function_arn, envelope, topic_arn, *more)
        else:
            tell(f"{topic_arn} cannot call {function_arn}: no policy of the function lets it")

    sns._deliver_to_lambda = deliver_if_allowed
