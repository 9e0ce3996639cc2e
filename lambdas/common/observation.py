"""The captured records of a window, some objects at a time: observed, added up, or set aside."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import duckdb

from lambdas.common.captured import time_within
from lambdas.common.cut import Cut, cut
from lambdas.common.ledger import Elsewhere, Seen
from lambdas.common.objects import Downloaded, Objects
from terrace import capture, ground_truth
from terrace.batch import Layout, Rejected
from terrace.events import Window
from terrace.monitor import Monitor, State


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the objects of a window held.

    Attributes:
        quarantined: How many records are no rows, and labels that are none.
        labels_set_aside: How many of these are labels.
        objects: The objects as they were read.
        elsewhere: What of theirs is of other windows.
    """

    state: State
    quarantined: int
    objects: tuple[Seen, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    labels_set_aside: int = 0

    @property
    def set_aside(self) -> int:
        """How many captured records are no rows."""
        return self.quarantined - self.labels_set_aside


_AT_ONCE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Observer:
    """Reads captured objects with a monitor; memory and disk hold some objects at a time."""

    objects: Objects
    monitor: Monitor[Any]
    layout: Layout
    window: Window

    def observe(
        self,
        uris: Iterable[str],
        labels: Iterable[str],
        quarantine: TextIO,
        known: Iterable[str] = (),
    ) -> Observed:
        """The state of all objects together; what is no row goes to the quarantine, a line each.

        Args:
            uris: The objects with captured records.
            labels: Those with ground truth, the oldest first; not looked at by a monitor that
                wants none.
            quarantine: Where a line is written for each record that was set aside.
            known: The SHA-256 of objects that were observed before: the same content under
                another key is not observed again.
        """
        with (
            TemporaryDirectory() as folder,
            duckdb.connect(config={"temp_directory": folder}) as connection,
        ):
            aside = _Quarantine(quarantine)
            table = None
            if self.layout.label:
                files = {self._downloaded(Path(folder), uri): uri for uri in labels}
                aside.take(ground_truth.load(connection, list(files)), files)
                table = ground_truth.TABLE
            of_labels = aside.count
            state = self.monitor.zero()
            reading = _Reading(contents=set(known))
            for taken in self._taken(Path(folder), uris, reading):
                for batch in capture.read(connection, list(taken), self.layout, table):
                    state = state + self.monitor.observe(batch)
                    aside.take(batch.rejected, taken)
        return Observed(
            state=state,
            quarantined=aside.count,
            objects=tuple(reading.objects),
            elsewhere=tuple(reading.elsewhere),
            labels_set_aside=of_labels,
        )

    def _taken(
        self, folder: Path, uris: Iterable[str], reading: "_Reading"
    ) -> Iterator[dict[Path, str]]:
        """The objects' own addresses by where they were downloaded to, as many as fit."""
        taken: dict[Path, str] = {}
        size_bytes = 0
        for uri in uris:
            path = self._path(folder, uri)
            downloaded = self.objects.download(uri, path)
            found = cut(path, self.window, time_within(uri, downloaded.modified))
            if not reading.take(uri, downloaded, found):
                path.unlink()
                continue
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
        path = self._path(folder, uri)
        self.objects.download(uri, path)
        return path

    @staticmethod
    def _path(folder: Path, uri: str) -> Path:
        return folder / uri.removeprefix("s3://").replace("/", "_")


@dataclass
class _Reading:
    """The objects that were read, and the contents that were among them."""

    contents: set[str]
    objects: list[Seen] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)

    def take(self, uri: str, downloaded: Downloaded, found: Cut) -> bool:
        """Notes an object; whether it is to be observed."""
        is_duplicate = found.kept > 0 and downloaded.sha256 in self.contents
        self.contents.add(downloaded.sha256)
        self.objects.append(
            Seen(
                uri=uri,
                etag=downloaded.etag,
                sha256=downloaded.sha256,
                records=found.kept,
                duplicate=is_duplicate,
            )
        )
        if found.elsewhere and not is_duplicate:
            self.elsewhere.append(Elsewhere(uri=uri, minutes=found.elsewhere))
        return not is_duplicate


@dataclass
class _Quarantine:
    file: TextIO
    count: int = 0

    def take(self, rejected: Iterable[Rejected], uris: dict[Path, str]) -> None:
        for one in rejected:
            told = asdict(one) | {"path": uris[Path(one.path)]}
            self.file.write(json.dumps(told) + "\n")
            self.count += 1
