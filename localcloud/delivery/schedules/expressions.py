"""When an expression fires: `rate(...)`, `cron(...)`, `at(...)`.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from localcloud.errors import LocalCloudError
from localcloud.hooks import schedules as hooks

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")


class InvalidExpression(LocalCloudError):
    """An expression that never fires, because it cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A schedule expression, which counts from the moment of its creation."""

    text: str
    zone: tzinfo
    created: datetime

    @classmethod
    def of(cls, text: str, zone: str, created: datetime) -> "Expression":
        """Reads an expression.

        Raises:
            InvalidExpression: It is none of the three kinds, or there is no such time zone.
        """
        try:
            expression = cls(text=text, zone=ZoneInfo(zone), created=created)
            expression.next_after(created)
        except (ValueError, ZoneInfoNotFoundError) as error:
            raise InvalidExpression(
                f"schedule expression {text!r} in time zone {zone!r}: expected rate(1 hour), "
                f"cron(0 * * * ? *) or at(2026-01-31T12:00:00)"
            ) from error
        return expression

    @property
    def is_once(self) -> bool:
        """Whether it fires a single time."""
        return bool(_AT.fullmatch(self.text))

    def next_after(self, time: datetime) -> datetime | None:
        """The first firing after a time, or None where there is no more.

        Raises:
            ValueError: The expression cannot be read.
        """
        if rate := _RATE.fullmatch(self.text):
            period = timedelta(**{f"{rate[2]}s": int(rate[1])})
            if not period:
                raise ValueError(self.text)
            past = max((time - self.created) // period, 0)
            return self.created + (past + 1) * period
        if once := _AT.fullmatch(self.text):
            moment = datetime.fromisoformat(once[1]).replace(tzinfo=self.zone).astimezone(UTC)
            return moment if moment > time else None
        found = hooks.next_by_cron(self.text, time.astimezone(self.zone))
        return found and found.astimezone(UTC)
