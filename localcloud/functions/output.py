"""What a worker writes, line by line, with the time at which it was read."""

import os
import select
import threading
import time
from dataclasses import dataclass

_CHUNK = 65_536
# The runtime interface client keeps an error's lines together with this in place of newlines.
_JOIN = "\r"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One log event."""

    milliseconds: int
    text: str

    @classmethod
    def now(cls, text: str) -> "Line":
        """A line that is written now."""
        return cls(milliseconds=int(time.time() * 1000), text=text)


class Output:
    """The read end of a worker's pipe. A thread keeps it empty."""

    def __init__(self, read_end: int) -> None:
        self._read_end = read_end
        self._lock = threading.Lock()
        self._lines: list[Line] = []
        self._rest = b""
        self._is_open = True
        threading.Thread(target=self._follow, daemon=True).start()

    def take(self) -> list[Line]:
        """Every line that was written until now and not taken before."""
        with self._lock:
            while self._is_open and self._readable(0):
                self._read()
            if self._rest:
                self._keep(self._rest)
                self._rest = b""
            taken, self._lines = self._lines, []
            return taken

    def _follow(self) -> None:
        while self._is_open:
            if self._readable(None):
                with self._lock:
                    if self._is_open and self._readable(0):
                        self._read()

    def _readable(self, seconds: float | None) -> bool:
        watcher = select.poll()
        watcher.register(self._read_end, select.POLLIN | select.POLLHUP)
        return bool(watcher.poll(None if seconds is None else int(seconds * 1000)))

    def _read(self) -> None:
        chunk = os.read(self._read_end, _CHUNK)
        if not chunk:
            self._is_open = False
            os.close(self._read_end)
            return
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            self._keep(line)

    def _keep(self, line: bytes) -> None:
        text = line.decode(errors="replace").replace(_JOIN, "\n")
        self._lines.append(Line.now(text))
