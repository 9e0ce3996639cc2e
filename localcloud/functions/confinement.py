"""Confines a worker's process: it may write in /tmp and nowhere else, as a function on Lambda.

On Linux the process gets a mount namespace of its own, in which everything is read-only and /tmp
is a file system of the size of the function's ephemeral storage. Where the system does not allow
namespaces, the code's permission bits refuse, since the process gives up root's right to ignore
them. This module runs in the worker: it imports the standard library only.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html,
https://man7.org/linux/man-pages/man7/user_namespaces.7.html
"""

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

TEMPORARY = "/tmp"  # noqa: S108  # Lambda's name for it
_NEW_MOUNTS, _NEW_USER = 0x20000, 0x10000000
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_AT_HERE, _AT_RECURSIVE = -100, 0x8000
_READ_ONLY = 1
_MOUNT_SETATTR = 442
_DROP_FROM_BOUNDS, _NO_NEW_PRIVILEGES, _CAPABILITIES = 24, 38, 64
_CAPABILITY_VERSION = 0x20080522


def isolate(visible: Sequence[str], megabytes: int) -> None:
    """Makes the file system read-only but for a new /tmp, in which only `visible` is to be seen.

    Args:
        visible: Absolute paths that stay readable although they are below /tmp.
        megabytes: The size of /tmp.

    Raises:
        OSError: The system does not allow it.
    """
    _unshare()
    _mount("none", "/", None, _RECURSIVE | _PRIVATE)
    below = [path for path in visible if Path(path).is_relative_to(TEMPORARY)]
    handles = {path: os.open(path, os.O_PATH) for path in below}
    _mount("tmpfs", TEMPORARY, "tmpfs", 0, f"size={megabytes}m,mode=1777")
    for path, handle in handles.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        _mount(f"/proc/self/fd/{handle}", path, None, _BIND | _RECURSIVE)
        os.close(handle)
    _set_attributes("/", _READ_ONLY, 0, recursive=True)
    _set_attributes(TEMPORARY, 0, _READ_ONLY, recursive=False)


def give_up_privileges() -> None:
    """Gives up what root may do, for good: permission bits and mounts hold for root too."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(_CAPABILITIES):
        libc.prctl(_DROP_FROM_BOUNDS, capability, 0, 0, 0)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _checked(libc.capset(struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24)))


def _unshare() -> None:
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNTS) == 0:
        return
    _checked(libc.unshare(_NEW_MOUNTS | _NEW_USER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    encoded = [text.encode() if text is not None else None for text in (source, target, kind)]
    _checked(libc.mount(*encoded, ctypes.c_ulong(flags), data.encode() or None))


def _set_attributes(path: str, added: int, removed: int, *, recursive: bool) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = struct.pack("QQQQ", added, removed, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    _checked(libc.syscall(_MOUNT_SETATTR, _AT_HERE, path.encode(), flags, attributes,
                          ctypes.c_size_t(len(attributes))))  # fmt: skip


def _checked(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    # Asked by the embedded cloud before it starts the first worker.
    isolate([], 1)
    give_up_privileges()
