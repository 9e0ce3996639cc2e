"""What queues and state machines are doing now, for the metrics that AWS makes of it."""

import time
from collections.abc import Iterator
from typing import Any

from ministack.core import responses
from ministack.services import sqs, stepfunctions


def queues() -> Iterator[tuple[str, dict[str, float]]]:
    """The name of each queue and its figures; its account and region are in force meanwhile."""
    for key, queue in list(sqs._queues._data.items()):
        responses.set_request_account_id(key[0])
        responses.set_request_region(key[1])
        yield queue["name"], _figures(queue)


def _figures(queue: dict[str, Any]) -> dict[str, float]:
    now, messages = time.time(), list(queue["messages"])
    waiting = [message for message in messages if message["visible_at"] <= now]
    oldest = min((message["sent_at"] for message in messages), default=now)
    return {
        "ApproximateNumberOfMessagesVisible": float(len(waiting)),
        "ApproximateNumberOfMessagesNotVisible": float(len(messages) - len(waiting)),
        "ApproximateAgeOfOldestMessage": now - oldest,
    }


def executions() -> Iterator[tuple[str, dict[str, Any]]]:
    """The ARN of each execution of a state machine and its record."""
    for key, execution in list(stepfunctions._executions._data.items()):
        responses.set_request_account_id(key[0])
        responses.set_request_region(key[1])
        yield key[-1], execution
