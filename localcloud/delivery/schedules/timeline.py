"""The time of rules and schedules: from their creation on, it runs at the cloud's clock speed.

At speed 60 an hour of a schedule takes a minute: `rate(1 hour)` fires each minute, and a cron
expression that is due in ten minutes is due in ten seconds. What a firing tells of itself, be it
the event's `time` or `<aws.scheduler.scheduled-time>`, is the time on the wall, because everything
else that has a time (captured data, logs, metrics) has that one.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from localcloud import clock


class Elapsed:
    """Seconds of the cloud's time since the start, whatever the speed was in between."""

    def __init__(
        self,
        wall: Callable[[], float] = time.monotonic,
        speed: Callable[[], float] = clock.speed,
    ) -> None:
        self._wall, self._speed = wall, speed
        self._read_at = wall()
        self._seconds = 0.0

    def seconds(self) -> float:
        """Read it often: a change of speed counts from the last reading on."""
        now = self._wall()
        self._seconds += (now - self._read_at) * self._speed()
        self._read_at = now
        return self._seconds


class Timeline:
    """The time of one rule or schedule."""

    def __init__(self, created: datetime, elapsed: float) -> None:
        self._created = created
        self._begun = elapsed
        self.fired_until = created

    def now(self, elapsed: float) -> datetime:
        """What time it is for the rule or schedule."""
        return self._created + timedelta(seconds=elapsed - self._begun)

    def on_the_wall(self, due: datetime, elapsed: float, speed: float) -> datetime:
        """The wall's time of a moment that has just passed here."""
        ago = (self.now(elapsed) - due).total_seconds() / speed
        return datetime.now(UTC) - timedelta(seconds=ago)
