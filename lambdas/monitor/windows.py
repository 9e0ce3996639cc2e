"""The window of traffic that a run is about: as asked, or from the firing before to this one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock

from terrace.errors import TerraceError
from terrace.events import Window

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_LONGEST_DAYS = 31  # a cron that fires less often is checked over its last month
_FALLBACK = timedelta(days=1)


class InvalidWindow(TerraceError):
    """A window that holds no time."""


def in_utc(window: Window) -> Window:
    """A window as asked for, in UTC, which is also what a time without a zone is in.

    Raises:
        InvalidWindow: It ends before it has begun.
    """
    start, end = (
        time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        for time in (window.start, window.end)
    )
    if end <= start:
        raise InvalidWindow(f"window got {start} to {end}; expected an end after the start")
    return Window(start=start, end=end)


def window_before(time: datetime, schedule: str) -> Window:
    """The window that ends where a schedule fired.

    It is one period long for `rate(...)`, and starts at the firing before for `cron(...)`, so
    that windows join without gap or overlap. A cron whose firings cannot be told here (`L`, `W`
    and `#`) is given one day.
    """
    rate = _RATE.fullmatch(schedule)
    if rate:
        return Window(start=time - timedelta(**{f"{rate[2]}s": int(rate[1])}), end=time)
    return Window(start=_firing_before(time, schedule), end=time)


@dataclass(frozen=True, kw_only=True)
class _Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    days_of_month: frozenset[int]
    months: frozenset[int]
    days_of_week: frozenset[int]  # 1 is Sunday
    years: frozenset[int]

    def on(self, day: date) -> bool:
        return (
            day.year in self.years
            and day.month in self.months
            and day.day in self.days_of_month
            and day.isoweekday() % 7 + 1 in self.days_of_week
        )

    def times(self) -> Iterator[clock]:
        """The times of a day, the latest first."""
        for hour in sorted(self.hours, reverse=True):
            for minute in sorted(self.minutes, reverse=True):
                yield clock(hour, minute)


def _firing_before(time: datetime, schedule: str) -> datetime:
    try:
        cron = _parsed(schedule)
    except ValueError:
        return time - _FALLBACK
    for back in range(_LONGEST_DAYS + 1):
        day = time.date() - timedelta(days=back)
        if cron.on(day):
            for of_day in cron.times():
                fired = datetime.combine(day, of_day, tzinfo=time.tzinfo)
                if fired < time.replace(second=0, microsecond=0):
                    return fired
    return time - timedelta(days=_LONGEST_DAYS)


def _parsed(schedule: str) -> _Cron:
    fields = schedule.removeprefix("cron(").removesuffix(")").upper().split()
    minutes, hours, days_of_month, months, days_of_week, years = fields
    return _Cron(
        minutes=_values(minutes, range(60)),
        hours=_values(hours, range(24)),
        days_of_month=_values(days_of_month, range(1, 32)),
        months=_values(_numbered(months, _MONTHS), range(1, 13)),
        days_of_week=_values(_numbered(days_of_week, _DAYS), range(1, 8)),
        years=_values(years, range(1970, 2200)),
    )


def _numbered(field: str, names: list[str]) -> str:
    for number, name in enumerate(names, start=1):
        field = field.replace(name, str(number))
    return field


def _values(field: str, allowed: range) -> frozenset[int]:
    """The values of one cron field: `*`, `?`, numbers, `a-b`, `a/step`, and lists of these."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span in ("*", "?"):
            start, end = allowed.start, allowed.stop - 1
        else:
            start = int(first)
            end = int(last) if last else allowed.stop - 1 if step else start
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found & set(allowed))
