"""The captured records of a window, one object at a time: observed, added up, or set aside."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import duckdb

from lambdas.common.objects import Objects
from lambdas.monitor.cut import cut
from terrace import capture
from terrace.batch import Batch
from terrace.events import Window
from terrace.monitor import Monitor, State


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the objects of a window held."""

    state: State
    quarantined: int


@dataclass(frozen=True, kw_only=True)
class Observer:
    """Reads captured objects with a monitor; memory and disk hold one object at a time."""

    objects: Objects
    monitor: Monitor[Any]
    window: Window

    def observe(self, uris: Iterable[str], quarantine: TextIO) -> Observed:
        """The state of all objects together; what is no row goes to the quarantine, a line each."""
        state = self.monitor.zero()
        quarantined = 0
        for uri in uris:
            with (
                TemporaryDirectory() as folder,
                duckdb.connect(config={"temp_directory": folder}) as connection,
            ):
                batch = self._batch(connection, Path(folder), uri)
                state = state + self.monitor.observe(batch)
                quarantined += _set_aside(batch, uri, quarantine)
        return Observed(state=state, quarantined=quarantined)

    def _batch(self, connection: duckdb.DuckDBPyConnection, folder: Path, uri: str) -> Batch:
        path = folder / PurePosixPath(uri).name
        self.objects.download(uri, path)
        cut(path, self.window)
        return capture.read(connection, path, self.monitor.layout.features)


def _set_aside(batch: Batch, uri: str, quarantine: TextIO) -> int:
    quarantine.writelines(
        json.dumps(asdict(rejected) | {"path": uri}) + "\n" for rejected in batch.rejected
    )
    return len(batch.rejected)
