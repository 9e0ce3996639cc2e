"""A model in ONNX: rows of texts in, the model's own outputs out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from terrace.models.needed import UnusableModel, needed


class OnnxModel:
    """A session of the runtime, and what it takes.

    Attributes:
        inputs: The type of each input, by name, in their order.
        metadata: What the file says of itself, texts by name.
    """

    def __init__(self, file: Path | bytes) -> None:
        runtime = needed("onnxruntime")
        options = runtime.SessionOptions()
        # Requests are small and come in parallel: threads inside one only add waiting.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = runtime.InferenceSession(
                file, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's classes have no common base
            name = file if isinstance(file, Path) else "the file"
            raise UnusableModel(f"{name} is no model in ONNX: {error}") from error
        self.inputs: Mapping[str, str] = {one.name: one.type for one in self._session.get_inputs()}
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map

    @property
    def width(self) -> int | None:
        """How many columns it takes; None where a single input leaves that open."""
        if len(self.inputs) > 1:
            return len(self.inputs)
        columns = self._session.get_inputs()[0].shape[-1]
        return columns if isinstance(columns, int) else None

    def run(self, rows: Any, columns: Sequence[str]) -> list[Any]:
        """The outputs for rows.

        Args:
            rows: An array of objects, rows by columns: texts, numbers, or None where missing.
            columns: The columns' names; with several inputs, those are taken by name.

        Raises:
            UnusableModel: The model does not take the rows.
        """
        try:
            return list(self._session.run(None, self._given(rows, columns)))
        except Exception as error:
            raise UnusableModel(f"the model does not take the data: {error}") from error

    def _given(self, rows: Any, columns: Sequence[str]) -> dict[str, Any]:
        np = needed("numpy")
        if len(self.inputs) == 1:
            (name,) = self.inputs
            return {name: rows.astype(float).astype(np.float32)}
        places = {column: place for place, column in enumerate(columns)}
        return {name: _typed(rows[:, places[name]], kind) for name, kind in self.inputs.items()}


def _typed(column: Any, kind: str) -> Any:
    np = needed("numpy")
    if "string" in kind:
        return np.array(["" if v is None else v for v in column], dtype=object)[:, None]
    target = {"int64": np.int64, "double": np.float64}
    found = next((t for name, t in target.items() if name in kind), np.float32)
    numbers = [float("nan") if v is None else float(v) for v in column]
    return np.array(numbers).astype(found)[:, None]
