"""Folders that are built once a machine and shared by all embedded clouds on it."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_WRITABLE = 0o222


def folder() -> Path:
    """Where packages are kept, as the embedded cloud's configuration says."""
    return Path(os.environ["LOCALCLOUD_CACHE"])


def cached(parent: Path, key: str, build: Callable[[Path], None]) -> Path:
    """The folder `key` below `parent`; `build` fills it where it does not exist yet.

    Processes and threads that want the same folder wait for the one that builds it. A build that
    fails leaves nothing behind.
    """
    place = parent / key
    if place.exists():
        return place
    locks = parent / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / key).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            unfinished = Path(tempfile.mkdtemp(dir=parent, prefix=".unfinished-"))
            try:
                build(unfinished)
                unfinished.chmod(0o755)
                unfinished.rename(place)
            finally:
                remove(unfinished)
    return place


def make_read_only(root: Path) -> None:
    """Takes the permission to write from a folder and everything in it."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~_WRITABLE)


def remove(root: Path) -> None:
    """Removes a folder, also where it is read-only."""
    if not root.exists():
        return
    for path, _folders, _files in os.walk(root):
        with contextlib.suppress(OSError):
            Path(path).chmod(0o755)
    shutil.rmtree(root, ignore_errors=True)
