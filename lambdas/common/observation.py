"""The captured records of a window, some objects at a time: observed, added up, or set aside."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from lambdas.common.cut import cut
from lambdas.common.objects import Objects
from terrace import capture, database, ground_truth
from terrace.batch import Layout, Rejected
from terrace.events import Window
from terrace.monitor import Monitor, State


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the objects of a window held."""

    state: State
    quarantined: int


_AT_ONCE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Observer:
    """Reads captured objects with a monitor; memory and disk hold some objects at a time."""

    objects: Objects
    monitor: Monitor[Any]
    layout: Layout
    window: Window

    def observe(self, uris: Iterable[str], labels: Iterable[str], quarantine: TextIO) -> Observed:
        """The state of all objects together; what is no row goes to the quarantine, a line each.

        Args:
            uris: The objects with captured records.
            labels: Those with ground truth, the oldest first; not looked at by a monitor that
                wants none.
            quarantine: Where a line is written for each record that was set aside.
        """
        with (
            TemporaryDirectory() as folder,
            database.connect() as connection,
        ):
            aside = _Quarantine(quarantine)
            table = None
            if self.layout.label:
                known = {self._downloaded(Path(folder), uri): uri for uri in labels}
                aside.take(ground_truth.load(connection, list(known)), known)
                table = ground_truth.TABLE
            state = self.monitor.zero()
            for taken in self._taken(Path(folder), uris):
                for batch in capture.read(connection, list(taken), self.layout, table):
                    state = state + self.monitor.observe(batch)
                    aside.take(batch.rejected, taken)
        return Observed(state=state, quarantined=aside.count)

    def _taken(self, folder: Path, uris: Iterable[str]) -> Iterator[dict[Path, str]]:
        """The objects' own addresses by where they were downloaded to, as many as fit."""
        taken: dict[Path, str] = {}
        size_bytes = 0
        for uri in uris:
            path = self._downloaded(folder, uri)
            cut(path, self.window)
            taken[path] = uri
            size_bytes += path.stat().st_size
            if size_bytes >= _AT_ONCE_BYTES:
                yield taken
                for done in taken:
                    done.unlink()
                taken, size_bytes = {}, 0
        if taken:
            yield taken

    def _downloaded(self, folder: Path, uri: str) -> Path:
        path = folder / uri.removeprefix("s3://").replace("/", "_")
        self.objects.download(uri, path)
        return path


@dataclass
class _Quarantine:
    file: TextIO
    count: int = 0

    def take(self, rejected: Iterable[Rejected], uris: dict[Path, str]) -> None:
        for one in rejected:
            told = asdict(one) | {"path": uris[Path(one.path)]}
            self.file.write(json.dumps(told) + "\n")
            self.count += 1
