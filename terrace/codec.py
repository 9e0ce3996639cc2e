"""How states are stored: as JSON with kind and version, one form for every monitor."""

from collections.abc import Mapping
from typing import Any

from terrace.errors import TerraceError

VERSION = 1


class UnreadableState(TerraceError):
    """A stored state of another monitor, or one that a newer Terrace wrote."""


def packed(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a state."""
    return {"version": VERSION, "kind": kind, **content}


def unpacked(kind: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a stored state.

    Raises:
        UnreadableState: It is of another kind, or of a newer version.
    """
    if stored.get("kind") != kind or stored.get("version", 0) > VERSION:
        raise UnreadableState(
            f"got a state of kind {stored.get('kind')!r}, version {stored.get('version')!r}; "
            f"expected {kind}, version {VERSION} at most"
        )
    return {name: value for name, value in stored.items() if name not in ("version", "kind")}
