"""The records of a window alone, out of an object that may hold those of two."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from terrace.events import Window

# In a captured payload every quote is escaped, so this finds the record's own field alone.
_TIME = re.compile(rb'"inferenceTime"\s*:\s*"([^"\\]+)"')
_SECOND = timedelta(seconds=1)
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Cut:
    """What an object has of a window.

    Attributes:
        kept: How many of its lines are of the window.
        elsewhere: How many others are of each minute.
    """

    kept: int = 0
    elsewhere: Counter[datetime] = field(default_factory=Counter)


def cut(path: Path, window: Window, otherwise: datetime | None = None) -> Cut:
    """Empties the lines of a capture file whose inference was outside of a window.

    Lines keep their numbers. One that tells no time is of the time of the next that does, or of
    the one before it where none does, so that it is in one window only; whoever reads it will set
    it aside.

    Args:
        path: The file.
        window: The window.
        otherwise: The time of lines in a file that tells none at all; without it they stay.
    """
    kept = path.with_suffix(".cut")
    with path.open("rb") as lines, path.open("rb") as again, kept.open("wb") as file:
        cutter = _Cutter(source=again, file=file, window=whole_seconds(window))
        for line in lines:
            cutter.take(line)
        found = cutter.end(otherwise)
    kept.replace(path)
    return found


def whole_seconds(window: Window) -> Window:
    """A window widened to whole seconds, which is how SageMaker notes the time of an inference."""
    end = window.end.replace(microsecond=0)
    return Window(
        start=window.start.replace(microsecond=0),
        end=end if end == window.end else end + _SECOND,
    )


@dataclass
class _Cutter:
    """Copies the lines of a window. Lines without a time wait until one with a time comes.

    Attributes:
        source: The file once more, from which lines that waited are copied.
        waiting_bytes: How long the lines that wait are, which end where the file is read.
        waiting: How many there are; `filled` of them hold anything.
    """

    source: BinaryIO
    file: BinaryIO
    window: Window
    read_bytes: int = 0
    waiting_bytes: int = 0
    waiting: int = 0
    filled: int = 0
    before: datetime | None = None
    kept: int = 0
    elsewhere: Counter[datetime] = field(default_factory=Counter)

    def take(self, line: bytes) -> None:
        time = _time(line)
        if time is None:
            self.waiting_bytes += len(line)
            self.waiting += 1
            self.filled += bool(line.rstrip(b"\r\n"))
        else:
            self._decide(time)
            self.before = time
            if self._counted(time, 1):
                self.file.write(line)
            else:
                self.file.write(b"\n")
        self.read_bytes += len(line)

    def end(self, otherwise: datetime | None) -> Cut:
        self._decide(self.before or otherwise)
        return Cut(self.kept, self.elsewhere)

    def _decide(self, time: datetime | None) -> None:
        """Copies the lines that waited, or empties them."""
        if self._counted(time, self.filled):
            self.source.seek(self.read_bytes - self.waiting_bytes)
            while self.waiting_bytes:
                chunk = self.source.read(min(self.waiting_bytes, _CHUNK_BYTES))
                self.file.write(chunk)
                self.waiting_bytes -= len(chunk)
        else:
            self.file.write(b"\n" * self.waiting)
        self.waiting_bytes = self.waiting = self.filled = 0

    def _counted(self, time: datetime | None, lines: int) -> bool:
        """Whether lines of a time are of the window."""
        inside = time is None or self.window.start <= time < self.window.end
        if inside:
            self.kept += lines
        elif lines and time is not None:
            self.elsewhere[time.astimezone(UTC).replace(second=0, microsecond=0)] += lines
        return inside


def _time(line: bytes) -> datetime | None:
    found = _TIME.search(line)
    if not found:
        return None
    try:
        time = datetime.fromisoformat(found[1].decode())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
