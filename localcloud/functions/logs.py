"""A function's output on its way to CloudWatch Logs, with the rights of the function's role."""

import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import access
from localcloud.errors import LocalCloudError
from localcloud.functions.function import Function
from localcloud.functions.output import Line
from localcloud.functions.worker import PRINCIPAL

_BATCH = 1_000
_log = logging.getLogger("localcloud")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Lines for one log stream."""

    function: Function
    stream: str
    lines: Sequence[Line]


class LogWriter:
    """Writes on a thread of its own: on AWS too, an answer does not wait for its log."""

    def __init__(self) -> None:
        self._entries: queue.SimpleQueue[Entry] = queue.SimpleQueue()
        self._known: set[tuple[str, str]] = set()
        threading.Thread(target=self._follow, daemon=True).start()

    def write(self, entry: Entry) -> None:
        """Writes lines soon."""
        self._entries.put(entry)

    def _follow(self) -> None:
        while True:
            entry = self._entries.get()
            try:
                self._write(entry)
            except (ClientError, BotoCoreError, LocalCloudError) as error:
                _log.warning("%s cannot write its log: %s", entry.function.name, error)

    def _write(self, entry: Entry) -> None:
        function = entry.function
        client = access.role_client("logs", function.role_arn, PRINCIPAL, function.name)
        place = (function.log_group, entry.stream)
        if place not in self._known:
            _create(client, *place)
            self._known.add(place)
        try:
            _put(client, place, entry.lines)
        except client.exceptions.ResourceNotFoundException:
            # Somebody deleted the group in the meantime.
            _create(client, *place)
            _put(client, place, entry.lines)


def _create(client: Any, group: str, stream: str) -> None:
    """Creates a stream, and its group where there is none."""
    try:
        client.create_log_stream(logGroupName=group, logStreamName=stream)
    except client.exceptions.ResourceNotFoundException:
        try:
            client.create_log_group(logGroupName=group)
        except client.exceptions.ResourceAlreadyExistsException:
            _log.debug("%s was created by somebody else at the same time", group)
        client.create_log_stream(logGroupName=group, logStreamName=stream)


def _put(client: Any, place: tuple[str, str], lines: Sequence[Line]) -> None:
    group, stream = place
    for start in range(0, len(lines), _BATCH):
        events = [
            {"timestamp": line.milliseconds, "message": line.text}
            for line in lines[start : start + _BATCH]
            # The API takes no empty message.
            if line.text
        ]
        if events:
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
