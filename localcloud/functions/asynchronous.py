"""Invocations that nobody waits for: they are queued, tried again, and at last sent on.

A failed event is tried twice more, after one minute and after two (of the cloud's time, so a faster
clock makes them shorter); a throttled one is tried until it is too old. What came of it goes to the
destinations, a failure to the dead-letter queue too.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import contextvars
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud import clock
from localcloud.functions import destinations
from localcloud.functions.destinations import Told
from localcloud.hooks import functions as hooks

DEFAULT_RETRIES = 2
DEFAULT_MAX_AGE_SECONDS = 21_600
RETRY_SECONDS = 60
THROTTLED_SECONDS = 1
MAX_THROTTLED_SECONDS = 300
# More events wait their turn. An invocation that is waited for never queues here.
MAX_CONCURRENT = 16


@dataclass(frozen=True, kw_only=True)
class _Event:
    record: dict[str, Any]
    payload: Any
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    queued: float = field(default_factory=time.monotonic)

    @property
    def config(self) -> Mapping[str, Any]:
        return dict(self.record.get("config") or self.record)

    def age_seconds(self) -> float:
        """In the cloud's time."""
        return (time.monotonic() - self.queued) * clock.speed()


class Queue:
    """Takes events and sees each through, on a thread of its own."""

    def __init__(self) -> None:
        self._turns = threading.Semaphore(MAX_CONCURRENT)

    def put(self, record: dict[str, Any], payload: Any) -> None:
        """Takes one event for a function."""
        context = contextvars.copy_context()
        event = _Event(record=record, payload=payload)
        threading.Thread(target=context.run, args=(self._see_through, event), daemon=True).start()

    def _see_through(self, event: _Event) -> None:
        settings = hooks.event_invoke_config(dict(event.config))
        told = self._tried(event, settings)
        destinations.tell(event.config, settings, told)

    def _tried(self, event: _Event, settings: Mapping[str, Any]) -> Told:
        max_retries = int(settings.get("MaximumRetryAttempts", DEFAULT_RETRIES))
        max_age = int(settings.get("MaximumEventAgeInSeconds", DEFAULT_MAX_AGE_SECONDS))
        failures, throttled = 0, 0
        while True:
            with self._turns:
                result = hooks.execute(event.record, event.payload, event.request_id)
            if not result.get("error"):
                return _told(event, "Success", failures + 1, result)
            if result.get("throttle"):
                pause = min(THROTTLED_SECONDS * 2**throttled, MAX_THROTTLED_SECONDS)
                throttled += 1
            else:
                pause = RETRY_SECONDS * 2**failures
                failures += 1
            if failures > max_retries:
                return _told(event, "RetriesExhausted", failures, result)
            if event.age_seconds() + pause > max_age:
                return _told(event, "EventAgeExceeded", max(failures, 1), result)
            time.sleep(clock.wall_seconds(pause))


def _told(event: _Event, condition: str, count: int, result: Mapping[str, Any]) -> Told:
    return Told(
        request_id=event.request_id,
        condition=condition,
        invoke_count=count,
        payload=event.payload,
        result=result,
    )
