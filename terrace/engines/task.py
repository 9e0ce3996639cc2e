"""What a task on Spark does with one file; it knows nothing of Spark."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from terrace import dataset
from terrace.batch import Layout
from terrace.monitor import Files
from terrace.monitors import MONITORS


@dataclass(frozen=True, kw_only=True)
class File:
    """A file, by its address, that somebody else has read."""

    address: str
    content: bytes

    @property
    def suffix(self) -> str:
        """How its name ends, which tells what it holds."""
        return PurePosixPath(self.address).suffix

    def written(self, folder: Path, name: str = "data") -> Path:
        """The file on this machine's disk."""
        path = folder / f"{name}{self.suffix}"
        path.write_bytes(self.content)
        return path


@dataclass(frozen=True, kw_only=True)
class Observe:
    """Observes a file; nothing in it but what can be sent to another machine.

    Attributes:
        kind: The monitor's.
        files: Its baseline.
        options: What it is told, as JSON.
        layout: The columns of captured records.
        labels: The ground truth of captured records.
    """

    kind: str
    files: Files
    options: Mapping[str, Any]
    layout: Layout
    labels: Sequence[File]

    def __call__(self, file: File) -> dict[str, Any]:
        """The state of the file's rows, and what was set aside.

        Raises:
            InvalidData: The file cannot be read.
        """
        kind = MONITORS[self.kind]
        monitor = kind.load(self.files, kind.options.model_validate_json(json.dumps(self.options)))
        with TemporaryDirectory() as folder:
            path = file.written(Path(folder))
            labels = Path(folder) / "labels"
            labels.mkdir()
            for place, label in enumerate(self.labels):
                label.written(labels, f"{place:06}")
            given = str(labels) if self.labels else None
            state, rejected = monitor.zero(), []
            for batch in dataset.batches(str(path), self.layout, given):
                state = state + monitor.observe(batch)
                # What is no label was told once, where the labels were read.
                rejected += [one for one in batch.rejected if one.path == str(path)]
        aside = [asdict(replace(one, path=file.address)) for one in rejected]
        return {"state": state.dump(), "rejected": aside}
