"""How much faster than the wall clock the embedded cloud's own time runs.

The speed is a number in the file `clock` of the state folder: whoever writes another number there
changes it while the cloud runs. So ask each time, and keep no answer.
"""

from pathlib import Path

from localcloud.config import Config
from localcloud.errors import LocalCloudError

_FILE = "clock"
_folder: Path | None = None
_read: tuple[int, float] = (0, 1.0)  # when the file was written, and the number in it


class WrongSpeed(LocalCloudError):
    """A speed that time cannot have."""


def install(config: Config) -> None:
    """Sets the speed."""
    global _folder
    _folder = config.folder
    set_speed(config.folder, config.clock_speed)


def set_speed(folder: Path, speed: float) -> None:
    """Changes the speed of the embedded cloud that keeps its files in a folder.

    Raises:
        WrongSpeed: It is not above zero.
    """
    check(speed)
    written = folder / f"{_FILE}.new"
    written.write_text(f"{speed}\n")
    written.replace(folder / _FILE)


def check(speed: float) -> None:
    """Checks that time can have a speed.

    Raises:
        WrongSpeed: It is not above zero.
    """
    if not 0 < speed < float("inf"):
        raise WrongSpeed(f"clock speed {speed}: expected a number above 0, for example 60")


def speed() -> float:
    """Seconds of the cloud's time in one second of the wall clock."""
    global _read
    if _folder is None or not (_folder / _FILE).exists():
        return _read[1]
    written = (_folder / _FILE).stat().st_mtime_ns
    if written != _read[0]:
        _read = (written, float((_folder / _FILE).read_text()))
    return _read[1]


def wall_seconds(seconds: float) -> float:
    """How long a stretch of the cloud's time takes on the wall clock."""
    return seconds / speed()
