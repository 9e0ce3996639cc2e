"""A model in LiteRT, as TensorFlow's converter writes it: rows in, the model's own outputs out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from terrace.models.needed import UnusableModel, needed

LABELS = "labels.txt"  # beside the model: a class a line, as LiteRT's own examples have it


class LiteRtModel:
    """The runtime's interpreter behind the interface of `OnnxModel`.

    The file knows no classes. With labels it is a classifier, whose one output is a probability
    for each of them, or of two that of the second alone; without any it predicts numbers.

    Attributes:
        inputs: The type of each input of the model's signature, by name, in the file's order.
        metadata: The classes, where there are labels.
    """

    def __init__(self, path: Path) -> None:
        runtime = needed("ai_edge_litert.interpreter")
        try:
            # Requests are small and come in parallel: threads inside one only add waiting.
            made = runtime.Interpreter(model_content=path.read_bytes(), num_threads=1)
            self._ask = made.get_signature_runner()
        except (ValueError, RuntimeError) as error:
            raise UnusableModel(
                f"{path} is no model in LiteRT with a signature: {error}; expected what "
                "TensorFlow's converter makes of a Keras model or a SavedModel"
            ) from error
        labels = path.with_name(LABELS)
        self._labels = labels.read_text().split("\n") if labels.is_file() else []
        self._labels = [label.strip() for label in self._labels if label.strip()]
        self._details: Mapping[str, Any] = self._ask.get_input_details()
        self.inputs: Mapping[str, str] = {
            name: needed("numpy").dtype(one["dtype"]).name for name, one in self._details.items()
        }
        classes = {"classes": json.dumps(self._labels)} if self._labels else {}
        self.metadata: Mapping[str, str] = classes

    @property
    def width(self) -> int | None:
        """How many columns it takes; None where a single input leaves that open."""
        if len(self.inputs) > 1:
            return len(self.inputs)
        (only,) = self._details.values()
        columns = int(only["shape_signature"][-1])
        return columns if columns > 0 else None

    def run(self, rows: Any, columns: Sequence[str]) -> list[Any]:
        """The classes and their probabilities for rows, or the numbers that are predicted.

        Args:
            rows: An array of objects, rows by columns: numbers, or None where missing.
            columns: The columns' names; with several inputs, those are taken by name.

        Raises:
            UnusableModel: The model does not take the rows, or its labels are not its outputs'.
        """
        try:
            said = list(self._ask(**self._given(rows, columns)).values())
        except (ValueError, RuntimeError, TypeError, KeyError) as error:
            raise UnusableModel(f"the model does not take the data: {error}") from error
        numbers = said[0].reshape(len(rows), -1)
        return self._classified(numbers) if self._labels else [numbers]

    def _given(self, rows: Any, columns: Sequence[str]) -> dict[str, Any]:
        numbers = rows.astype(float)
        if len(self._details) == 1:
            ((name, one),) = self._details.items()
            return {name: numbers.astype(one["dtype"])}
        places = {column: place for place, column in enumerate(columns)}
        return {
            name: numbers[:, [places[name]]].astype(one["dtype"])
            for name, one in self._details.items()
        }

    def _classified(self, numbers: Any) -> list[Any]:
        np = needed("numpy")
        if numbers.shape[1] == 1 and len(self._labels) == 2:
            numbers = np.hstack([1 - numbers, numbers])
        if numbers.shape[1] != len(self._labels):
            raise UnusableModel(
                f"{LABELS} has {len(self._labels)} classes, the model {numbers.shape[1]} "
                "outputs; expected as many, or two classes and one output"
            )
        return [np.array(self._labels, dtype=object)[numbers.argmax(axis=1)], numbers]
