"""The states of windows that were checked before: a day is the sum of its hours."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from lambdas.common.captured import hours
from lambdas.common.objects import Objects
from lambdas.common.observation import Observed
from terrace.errors import TerraceError
from terrace.events import Window
from terrace.monitor import Monitor
from terrace.names import ModelNames

_WINDOW = re.compile(r"/(\d{8}T\d{6}Z)--(\d{8}T\d{6}Z)/state\.json$")
_TIME = "%Y%m%dT%H%M%SZ"


class NoStates(TerraceError):
    """No window within the one that was asked for was checked before."""


def added_up(
    objects: Objects, names: ModelNames, name: str, monitor: Monitor[Any], window: Window
) -> Observed:
    """The state of a window, out of those of the windows that lie within it.

    Raises:
        NoStates: There are none.
        UnreadableState: One was stored by a newer Terrace.
    """
    state, end, found = monitor.zero(), window.start, 0
    for part, key in sorted(_parts(objects, f"{names.model}/monitoring/{name}", window)):
        if part[0] >= end:  # windows that were asked for by hand may overlap those of the schedule
            state = state + monitor.load_state(json.loads(objects.read(objects.uri(key))))
            end, found = part[1], found + 1
    if not found:
        raise NoStates(
            f"{name} of {names.model}: no window from {window.start} to {window.end} was checked "
            "before; expected at least one, whose state lies beside its report"
        )
    return Observed(state=state, quarantined=0)


def _parts(
    objects: Objects, folder: str, window: Window
) -> Iterator[tuple[tuple[datetime, datetime], str]]:
    """The windows within one, by start and end, with the keys of their states."""
    for hour in hours(window):
        for item in objects.listed(f"{folder}/{hour:%Y/%m/%d/%H}/"):
            if told := _WINDOW.search(item.key):
                start, end = (
                    datetime.strptime(text, _TIME).replace(tzinfo=UTC) for text in told.groups()
                )
                whole = (start, end) == (window.start, window.end)
                if window.start <= start and end <= window.end and not whole:
                    yield (start, end), item.key
