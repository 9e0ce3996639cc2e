"""Models that a function can run, by the endings of their files."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from terrace.models.litert import LiteRtModel
from terrace.models.needed import UnusableModel
from terrace.models.onnx import OnnxModel


class RunnableModel(Protocol):
    """A model that was read.

    Attributes:
        inputs: The type of each input, by name, in their order.
        metadata: What is known of it, texts by name.
    """

    inputs: Mapping[str, str]
    metadata: Mapping[str, str]

    @property
    def width(self) -> int | None:
        """How many columns it takes; None where a single input leaves that open."""

    def run(self, rows: Any, columns: Sequence[str]) -> list[Any]:
        """The outputs for rows."""


FORMATS: Mapping[str, Callable[[Path], RunnableModel]] = {
    ".onnx": OnnxModel,
    ".tflite": LiteRtModel,
}


def opened(path: Path) -> RunnableModel:
    """The model of a file; the file is not needed any more.

    Raises:
        UnusableModel: It is of another format, or damaged.
    """
    if path.suffix not in FORMATS:
        raise UnusableModel(f"model got {path}; expected a file of {', '.join(FORMATS)}")
    return FORMATS[path.suffix](path)
