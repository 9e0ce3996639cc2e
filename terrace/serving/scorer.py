"""A model as what answers requests: rows in, a class and its score or a number out."""

import json
from typing import Any

from terrace.models import RunnableModel
from terrace.models.needed import UnusableModel, needed
from terrace.serving.payload import Payload, Prediction, RequestRefused, Row, answer, rows

# A score is a 32-bit float; more digits would differ from processor to processor.
_DECIMALS = 5


class Scorer:
    """Answers requests with one model.

    A classifier has an output of labels and one of probabilities, as scikit-learn's and LightGBM's
    converters to ONNX write them, and is answered by `predicted_label` and `score`: of two
    classes, the probability of the positive one, which the file's metadata names under `positive`
    and which is otherwise the second; of more, that of the predicted class. A regressor has one
    output of numbers and is answered by `score`.
    """

    def __init__(self, model: RunnableModel) -> None:
        self._model = model
        self.names = list(model.inputs) if len(model.inputs) > 1 else []
        self.texts = {name for name, kind in model.inputs.items() if "string" in kind}
        classes = json.loads(model.metadata.get("classes", "[]"))
        positive = model.metadata.get("positive")
        self._positive = classes.index(positive) if positive in classes else 1

    def respond(self, payload: Payload) -> Payload:
        """The answer to a request; each row of it answers the row at the same place.

        Raises:
            RequestRefused: The request cannot be answered; the status tells whose fault it is.
        """
        found = rows(payload, self.names)
        self._check(found)
        try:
            predictions = self.predictions(found)
        except UnusableModel as error:
            raise RequestRefused(str(error)) from error
        return answer(predictions, payload)

    def _check(self, found: list[Row]) -> None:
        width = self._model.width
        for number, row in enumerate(found, 1):
            if width is not None and len(row) != width:
                raise RequestRefused(f"row {number} has {len(row)} columns; expected {width}")
            for place, value in enumerate(row):
                name = self.names[place] if self.names else f"column {place + 1}"
                if name not in self.texts and not _is_number(value):
                    raise RequestRefused(
                        f"row {number}, column {place + 1} ({name}) is {str(value)[:80]!r}; "
                        "expected a number"
                    )

    def predictions(self, found: list[Row]) -> list[Prediction]:
        """What the model says of each row.

        Raises:
            UnusableModel: The model does not take the rows.
        """
        np = needed("numpy")
        outputs = self._model.run(np.array(found, dtype=object), self.names)
        labels, numbers = outputs[0], outputs[-1]
        if isinstance(numbers, list):  # a dictionary a row, as some converters write them
            numbers = np.array([list(one.values()) for one in numbers])
        if len(outputs) == 1:
            return [{"score": _rounded(one)} for one in np.asarray(numbers).reshape(-1)]
        return [
            {"predicted_label": _plain(label), "score": _rounded(self._score(row))}
            for label, row in zip(labels, numbers, strict=True)
        ]

    def _score(self, probabilities: Any) -> float:
        if len(probabilities) == 2:
            return float(probabilities[self._positive])
        return float(max(probabilities))


def _is_number(value: Any) -> bool:
    try:
        return value is None or abs(float(value)) < float("inf")
    except ValueError:
        return False


def _rounded(score: float) -> float:
    return round(float(score), _DECIMALS)


def _plain(label: Any) -> str | float:
    return label if isinstance(label, str) else label.item()
