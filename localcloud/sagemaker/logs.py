"""Log lines of jobs and endpoints, sent to CloudWatch Logs with the rights of their own role."""

import contextlib
import logging
import threading
import time
from typing import Any

from botocore.exceptions import ClientError

_EVERY_SECONDS = 0.5
_AT_ONCE = 1000


class LogStream:
    """One stream of a log group; lines are sent in the background, in order."""

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self._client, self._group, self._stream = client, group, stream
        self._lines: list[tuple[int, str]] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._made = False
        self._thread = threading.Thread(target=self._send_often, daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Takes one line."""
        with self._lock:
            self._lines.append((int(time.time() * 1000), line or " "))

    def close(self) -> None:
        """Sends what is left."""
        self._ended.set()
        self._thread.join()

    def _send_often(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            self._send()
        self._send()

    def _send(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        try:
            for first in range(0, len(lines), _AT_ONCE):
                self._put(lines[first : first + _AT_ONCE])
        except ClientError as error:
            # As on AWS, a role that may not write logs has none; the server's own log says why.
            logging.getLogger("localcloud").warning("no logs in %s: %s", self._group, error)

    def _put(self, lines: list[tuple[int, str]]) -> None:
        where = {"logGroupName": self._group, "logStreamName": self._stream}
        if not self._made:
            for make, members in (
                (self._client.create_log_group, {"logGroupName": self._group}),
                (self._client.create_log_stream, where),
            ):
                with contextlib.suppress(self._client.exceptions.ResourceAlreadyExistsException):
                    make(**members)
            self._made = True
        events = [{"timestamp": at, "message": line} for at, line in lines]
        self._client.put_log_events(**where, logEvents=events)
