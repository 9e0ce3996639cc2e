"""Score rows with the exported model; needs onnxruntime and numpy alone, so `serve` starts fast."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from toolwear.columns import NEGATIVE, POSITIVE
from toolwear.errors import ToolWearError

DECIMALS = 5
THRESHOLD = 0.5
Row = Sequence[float | str]


class ModelError(ToolWearError):
    """The model file is missing or not one of ours."""


def as_score(probability: float) -> float:
    """Round so that a sum over trees reads the same whatever order a machine adds them in."""
    return round(float(probability), DECIMALS)


def decide(score: float) -> str:
    """Return the class for a score; a tie is unworn, as scikit-learn's first class."""
    return POSITIVE if score > THRESHOLD else NEGATIVE


class Scorer:
    """An ONNX session whose inputs are the features, by name and in order."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ModelError(f"no model: expected a file {path.name} in {path.parent}")
        options = ort.SessionOptions()
        # Requests are small and come in parallel: threads inside one only add waiting.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            written = self._session.get_modelmeta().custom_metadata_map
            self.processes: tuple[str, ...] = tuple(json.loads(written["processes"]))
        except Exception as error:  # onnxruntime raises classes of its own, with no common base
            raise ModelError(f"{path.name}: not a tool-wear model: {error}") from error
        inputs = self._session.get_inputs()
        self.features: tuple[str, ...] = tuple(given.name for given in inputs)
        self.texts = frozenset(given.name for given in inputs if "string" in given.type)

    def score(self, rows: Sequence[Row]) -> list[float]:
        """Return the probability of `worn` for each row; NaN stands for a missing number."""
        feeds = {
            name: self._column(name, values)
            for name, values in zip(self.features, zip(*rows, strict=True), strict=True)
        }
        (probabilities,) = self._session.run(["probabilities"], feeds)
        return [as_score(row[1]) for row in probabilities]

    def _column(self, name: str, values: Sequence[float | str]) -> NDArray[np.generic]:
        kind = object if name in self.texts else np.float32
        return np.array(values, dtype=kind).reshape(-1, 1)
