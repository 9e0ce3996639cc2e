"""A window that outgrows one function: divided here, and put together again from its parts.

In between a state machine has each part observed, by `lambdas/observe` or by `spark`.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from lambdas.common.aws import client
from lambdas.common.ledger import Elsewhere, Seen
from lambdas.common.objects import Listed, Objects
from lambdas.common.observation import Observed
from lambdas.common.parts import PARTS, Part, grouped
from lambdas.common.running import Running, still
from lambdas.monitor.request import Request
from terrace.events import Window
from terrace.monitor import Monitor

_LARGEST_PART_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Division:
    """A window that is to be observed in parts.

    Attributes:
        request: What this function was asked; it is asked it again once all parts are observed.
        listed: The window's objects.
        listed_at: When they were listed.
        part_bytes: How large a part may be.
        divide_on: Who observes the parts: functions or Spark.
    """

    objects: Objects
    request: Request
    running: Running
    window: Window
    listed: Sequence[Listed]
    listed_at: datetime
    part_bytes: int
    divide_on: str

    def begun(self, state_machine_arn: str, name: str) -> dict[str, Any]:
        """Writes the list of parts and starts the execution; this function's answer.

        Args:
            name: The execution's. The same invocation tried again starts no second one.
        """
        model = self.running.version.names.model
        watched = self.running.watched_by(self.request.monitor)
        folder = f"{model}/monitoring/{watched}/parts/{name}"
        parts = [part.model_dump(mode="json") for part in self._parts(folder)]
        key = f"{folder}/{PARTS}"
        self.objects.write_json(key, parts)
        update = {"parts": folder, "listed_at": self.listed_at}
        asked = self.request.model_copy(update=update)
        told = {
            "asked": asked.model_dump(mode="json", exclude_none=True),
            "key": key,
            "on": self.divide_on,
        }
        answer = client("stepfunctions").start_execution(
            stateMachineArn=state_machine_arn, name=name, input=json.dumps(told)
        )
        return {
            "outcome": "divided",
            "endpoint": self.running.endpoint,
            "version": self.running.version.number,
            "window": self.window.model_dump(mode="json"),
            "parts": len(parts),
            "execution": answer["executionArn"],
        }

    def _parts(self, folder: str) -> Iterator[Part]:
        part_bytes = min(self.part_bytes, _LARGEST_PART_BYTES)
        for number, keys in enumerate(grouped(self.listed, part_bytes)):
            yield Part(
                model=self.request.model,
                monitor=self.request.monitor,
                window=self.window,
                variant=self.running.variant,
                model_package_arn=self.running.version.arn,
                folder=folder,
                number=number,
                uris=tuple(self.objects.uri(key) for key in keys),
            )


def put_together(
    objects: Objects, folder: str, running: Running, monitor: Monitor[Any], quarantine: TextIO
) -> Observed:
    """The state of a window out of those of its parts, and all that was set aside.

    Raises:
        VersionReplaced: Another version runs than the one whose baseline the parts know.
        ObjectRefused: A part is missing.
    """
    state, count, of_labels = monitor.zero(), 0, 0
    seen: list[Seen] = []
    elsewhere: list[Elsewhere] = []
    for told in json.loads(objects.read(objects.uri(f"{folder}/{PARTS}"))):
        part = Part.model_validate(told)
        still(running, part.model_package_arn)
        state = state + monitor.load_state(json.loads(objects.read(objects.uri(part.state_key))))
        count += _copied(objects, part, quarantine)
        read = json.loads(objects.read(objects.uri(part.seen_key)))
        seen += map(Seen.model_validate, read["objects"])
        of_labels += read["labels_set_aside"]
        elsewhere += map(Elsewhere.model_validate, read["elsewhere"])
    return Observed(state=state, quarantined=count, objects=tuple(seen), elsewhere=tuple(elsewhere))


def _copied(objects: Objects, part: Part, quarantine: TextIO) -> int:
    """How many lines were set aside of a part."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "quarantine.jsonl"
        objects.download(objects.uri(part.quarantine_key), path)
        with path.open(encoding="utf-8") as lines:
            shutil.copyfileobj(lines, quarantine)
        with path.open("rb") as lines:
            return sum(1 for _ in lines)
