"""What an engine is: something that observes a data set in parts, whose states are added up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from terrace.batch import Layout, Rejected
from terrace.monitor import Files, Kind, Monitor, Options, State


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A data set, and the monitor that observes it.

    Attributes:
        data: A file, a folder or a pattern.
        layout: The columns of captured records.
        labels: The ground truth of captured records, likewise files.
        kind: The monitor's kind.
        files: Its baseline's.
        options: What it is told.
    """

    data: str
    layout: Layout
    labels: str | None
    kind: Kind
    files: Files
    options: Options

    def monitor(self) -> Monitor[Any]:
        """The monitor: made where it observes, since a model cannot be sent about."""
        return self.kind.load(self.files, self.options)


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one part of a data set came to."""

    state: State
    rejected: tuple[Rejected, ...] = ()


Engine = Callable[[Asked], Iterator[Part]]
