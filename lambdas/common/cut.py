"""The records of a window alone, out of an object that may hold those of two."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from terrace.events import Window

# In a captured payload every quote is escaped, so this finds the record's own field alone.
_TIME = re.compile(rb'"inferenceTime"\s*:\s*"([^"\\]+)"')
_SECOND = timedelta(seconds=1)


def cut(path: Path, window: Window) -> None:
    """Empties the lines of a capture file whose inference was outside of a window.

    Lines keep their numbers. One that tells no time stays: whoever reads it will set it aside.
    """
    window = whole_seconds(window)
    kept = path.with_suffix(".cut")
    with path.open("rb") as lines, kept.open("wb") as file:
        for line in lines:
            file.write(b"\n" if _outside(line, window) else line)
    kept.replace(path)


def whole_seconds(window: Window) -> Window:
    """A window widened to whole seconds, which is how SageMaker notes the time of an inference."""
    end = window.end.replace(microsecond=0)
    return Window(
        start=window.start.replace(microsecond=0),
        end=end if end == window.end else end + _SECOND,
    )


def _outside(line: bytes, window: Window) -> bool:
    found = _TIME.search(line)
    if not found:
        return False
    try:
        time = datetime.fromisoformat(found[1].decode())
    except ValueError:
        return False
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return not window.start <= time < window.end
