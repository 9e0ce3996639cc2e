"""Which objects may hold captured records of a window, and the ground truth of these."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lambdas.common.objects import Listed, Objects
from lambdas.common.running import Running
from terrace.events import Window
from terrace.names import ModelNames

_HOUR = timedelta(hours=1)
_FOLDER = re.compile(r"/(\d{4}/\d\d/\d\d/\d\d)/[^/]+$")


def captured(objects: Objects, running: Running, window: Window) -> Iterator[Listed]:
    """The objects that may hold records of a window, the oldest hour first.

    SageMaker keeps captured records below `.../{endpoint}/{variant}/yyyy/mm/dd/hh/`, and so do
    Terrace's delivery streams. An object is filed under the hour of its first record and may run
    over into the next, so the hour before the window is looked at too, except for what was
    written before the window began. A stream tells the hour by when a record came to it, a
    moment after the request, so the hour after the window is looked at as well.
    """
    written = window.start.replace(microsecond=0)  # S3 tells whole seconds
    for hour in hours(window):
        for item in of_hour(objects, running, hour):
            if item.modified >= written:
                yield item


def of_hour(objects: Objects, running: Running, hour: datetime) -> Iterator[Listed]:
    """The objects with captured records that are filed under an hour."""
    model = running.version.names.model
    folder = f"{model}/capture/{running.endpoint}/{running.variant}"
    for item in objects.listed(f"{folder}/{hour:%Y/%m/%d/%H}/"):
        if item.key.endswith(".jsonl") and item.size_bytes:
            yield item


def hour_of(key: str) -> datetime | None:
    """The hour that an object is filed under; None where its key has none."""
    found = _FOLDER.search(key)
    return datetime.strptime(found[1], "%Y/%m/%d/%H").replace(tzinfo=UTC) if found else None


def time_within(key: str, modified: datetime) -> datetime | None:
    """When an object was written, but within the hour that it is filed under.

    It stands for the time of records that tell none.
    """
    hour = hour_of(key)
    if hour is None:
        return None
    return min(max(modified.astimezone(UTC), hour), hour + _HOUR - timedelta(seconds=1))


def labels(objects: Objects, names: ModelNames, window: Window) -> Iterator[str]:
    """The addresses of the objects with ground truth that became known since a window began.

    They lie below `.../yyyy/mm/dd/hh/` of the time of their upload; the oldest comes first.
    """
    day = window.start.astimezone(UTC).date()
    while day <= datetime.now(UTC).date():
        found = objects.listed(f"{names.model}/ground-truth/{day:%Y/%m/%d}/")
        for item in sorted(found, key=lambda item: item.key):
            if item.key.endswith(".jsonl"):
                yield objects.uri(item.key)
        day += timedelta(days=1)


def hours(window: Window) -> Iterator[datetime]:
    """The hour before a window, each that the window touches, and the one after it."""
    hour = window.start.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - _HOUR
    while hour < window.end + _HOUR:
        yield hour
        hour += _HOUR
