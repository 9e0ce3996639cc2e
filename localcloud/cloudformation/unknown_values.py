"""A value that a template takes from a resource which does not exist yet."""

from typing import Any, Final


class _Unknown:
    """Satisfies every rule until it is known."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


def holds_unknown(value: Any) -> bool:
    """Whether a value or a part of it is not known yet."""
    if isinstance(value, dict):
        return any(holds_unknown(part) for part in value.values())
    if isinstance(value, list):
        return any(holds_unknown(part) for part in value)
    return value is UNKNOWN
