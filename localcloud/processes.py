"""The machine's processes: whose port is taken, and what an embedded cloud has started."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

STOP_SECONDS = 15
_PROCESSES = Path("/proc")
_LISTENING = "0A"


def command(pid: int) -> str:
    """A process's command line, or nothing where there is no such process."""
    if not _PROCESSES.exists():
        return _ps("-p", str(pid), "-o", "command=")
    try:
        return (_PROCESSES / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _ps(*options: str) -> str:
    """What `ps` tells; for machines that have no /proc."""
    done = subprocess.run(["ps", *options], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _table() -> dict[int, tuple[int, int]]:
    """Parent and session of every living process."""
    if not _PROCESSES.exists():
        rows = [row.split() for row in _ps("-A", "-o", "pid=,ppid=,sess=,stat=").splitlines()]
        return {int(p): (int(q), int(s, 16)) for p, q, s, state in rows if state[0] != "Z"}
    found = {}
    for stat in _PROCESSES.glob("[0-9]*/stat"):
        try:
            state, parent, _group, session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if state != "Z":
            found[int(stat.parent.name)] = (int(parent), int(session))
    return found


def listener(port: int) -> str | None:
    """The process that listens on a port, as `COMMAND (process PID)`, where it can be told."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port)}
    for handle in _PROCESSES.glob("[0-9]*/fd/*"):
        try:
            if str(handle.readlink()) in sockets:
                pid = int(handle.parts[2])
                return f"{command(pid)[:80].strip()} (process {pid})"
        except OSError:
            continue
    return None


def _listening(port: int) -> list[str]:
    found: list[str] = []
    for table in ("net/tcp", "net/tcp6"):
        try:
            rows = (_PROCESSES / table).read_text().splitlines()[1:]
        except OSError:
            continue
        found += [
            fields[9]
            for fields in map(str.split, rows)
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port
        ]
    return found


def family(leader: int) -> set[int]:
    """The living processes of a leader's session, and all that descend from it."""
    table = _table()
    members = {pid for pid, (_, session) in table.items() if leader in (pid, session)}
    while children := {pid for pid, (parent, _) in table.items() if parent in members} - members:
        members |= children
    return members


def stop(leader: int, patience: float = STOP_SECONDS) -> None:
    """Ends a process and its whole family: told first, then made to go."""
    members: set[int] = set()
    for number in (signal.SIGTERM, signal.SIGKILL):
        # What left the family while it was being ended is still known by its number.
        members |= family(leader)
        for pid in members:
            _signalled(pid, number)
        deadline = time.monotonic() + patience
        while (left := members & _table().keys()) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not left:
            break
    _reaped(leader)


def _signalled(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _reaped(pid: int) -> None:
    """Takes leave of a child. Its threads may end a moment after it is told to be dead."""
    deadline = time.monotonic() + STOP_SECONDS
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
            time.sleep(0.01)
