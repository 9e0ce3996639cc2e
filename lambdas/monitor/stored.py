"""The states of windows that were checked before: a day is the sum of its hours."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lambdas.common.captured import hours
from lambdas.common.ledger import MEMBER
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


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A window that was checked before.

    Attributes:
        key: Where its state is.
        modified: When that was written, in whole seconds.
    """

    window: Window
    key: str
    modified: datetime


def added_up(
    objects: Objects, names: ModelNames, name: str, monitor: Monitor[Any], window: Window
) -> Observed:
    """The state of a window, out of those of the windows that lie within it.

    Raises:
        NoStates: There are none.
        UnreadableState: One was stored by a newer Terrace.
    """
    state, end, found = monitor.zero(), window.start, 0
    parts = checked_windows(objects, f"{names.model}/monitoring/{name}", window)
    for part in sorted(parts, key=lambda one: (one.window.start, one.window.end)):
        # Windows that were asked for by hand may overlap those of the schedule.
        if part.window.start >= end:
            dumped = json.loads(objects.read(objects.uri(part.key)))
            dumped.pop(MEMBER, None)
            state = state + monitor.load_state(dumped)
            end, found = part.window.end, found + 1
    if not found:
        raise NoStates(
            f"{name} of {names.model}: no window from {window.start} to {window.end} was checked "
            "before; expected at least one, whose state lies beside its report"
        )
    return Observed(state=state, quarantined=0)


def checked_windows(objects: Objects, folder: str, window: Window) -> Iterator[Checked]:
    """The windows within one that were checked before, but not that one itself.

    Args:
        folder: Where the monitor's reports are.
    """
    for hour in hours(window):
        for item in objects.listed(f"{folder}/{hour:%Y/%m/%d/%H}/"):
            if told := _WINDOW.search(item.key):
                start, end = (
                    datetime.strptime(text, _TIME).replace(tzinfo=UTC) for text in told.groups()
                )
                whole = (start, end) == (window.start, window.end)
                if window.start <= start and end <= window.end and not whole:
                    found = Window(start=start, end=end)
                    yield Checked(window=found, key=item.key, modified=item.modified)
