"""The targets of EventBridge's rules: who may be called, and what becomes of the undelivered."""

import contextvars
import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import eventbridge, sqs, stepfunctions

from localcloud.hooks import functions, topics

Target = dict[str, Any]
# (target, the ARN of its rule) -> why it may not be called
Refuse = Callable[[Target, str], str | None]
# (target, the ARN of its rule, event, why it was not delivered)
Bury = Callable[[Target, str, dict[str, Any], str], None]

# Why the target that is being called could not be given its event.
_failure: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    "localcloud_target_failure", default=None
)


def refuse_targets_with(refuse: Refuse, bury: Bury) -> None:
    """Lets `refuse` keep an event from a target, and `bury` take what was not delivered."""
    invoke_target = eventbridge._invoke_target

    def invoke(target: Target, event: dict[str, Any], rule: dict[str, Any],
               view: Any = None) -> None:  # fmt: skip
        reason = refuse(target, rule.get("Arn", ""))
        if reason is None:
            _failure.set(None)
            invoke_target(target, event, rule, view)
            reason = _failure.get()
        if reason is not None:
            shown = (view or eventbridge._pattern_event_view(event)).event_with_detail()
            bury(target, rule.get("Arn", ""), shown, reason)

    eventbridge._invoke_target = invoke
    eventbridge._dispatch_to_lambda = _call_function
    eventbridge._dispatch_to_stepfunctions = _start_execution
    eventbridge._dispatch_to_sns = _publish
    eventbridge._dispatch_to_sqs = _send
    _notice_missing_buses()


def _call_function(arn: str, payload: str) -> None:
    """Invokes without waiting, with Lambda's own retries and dead-letter queue."""
    record = functions.find(arn)
    if record is None:
        _failure.set(f"there is no function {arn}")
        return
    functions.enqueue(record, json.loads(payload))


def _start_execution(arn: str, payload: str) -> None:
    answer = stepfunctions._start_execution({"stateMachineArn": arn, "input": payload})
    if answer[0] >= 400:
        _failure.set(f"{arn} was not started: {answer[2].decode()}")


def _publish(arn: str, payload: str) -> None:
    if not topics.publish(arn, payload, ""):
        _failure.set(f"there is no topic {arn}")


def _send(spec: Any, payload: str, parameters: Mapping[str, Any] | None = None) -> None:
    group = (parameters or {}).get("MessageGroupId")
    _failure.set(send_to_queue(str(spec), payload, {}, group))


def _notice_missing_buses() -> None:
    dispatch = eventbridge._dispatch_to_event_bus

    def dispatch_or_tell(spec: Any, *more: Any) -> None:
        if spec.resource.partition("/")[2] not in eventbridge._event_buses:
            _failure.set(f"there is no event bus {spec}")
        dispatch(spec, *more)

    eventbridge._dispatch_to_event_bus = dispatch_or_tell


def send_to_queue(
    queue_arn: str, body: str, attributes: Mapping[str, str], group: str | None = None
) -> str | None:
    """Sends a message to a queue; why it was not taken, or None where it was."""
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        return f"there is no queue {queue_arn}"
    typed = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
    message = {"MessageBody": body, "MessageAttributes": typed}
    try:
        sqs._act_send_message(message | ({"MessageGroupId": group} if group else {}), queue["url"])
    except sqs._Err as error:
        return f"{queue_arn} did not take the message: {error}"
    return None
