"""How much faster than the wall clock the embedded cloud's own time runs."""

from localcloud.config import Config

_speed = 1.0


def install(config: Config) -> None:
    """Sets the speed."""
    global _speed
    _speed = config.clock_speed


def speed() -> float:
    """Seconds of the cloud's time in one second of the wall clock."""
    return _speed


def wall_seconds(seconds: float) -> float:
    """How long a stretch of the cloud's time takes on the wall clock."""
    return seconds / _speed
