"""Small models in ONNX, made by the converters that users have."""

from typing import Any

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from terrace.models.onnx import OnnxModel

NUMBERS = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0], [0.5, 3.0], [4.0, 0.0]])


def of(model: Any, **metadata: str) -> OnnxModel:
    """One input, a matrix."""
    return OnnxModel(file_of(model, **metadata))


def file_of(model: Any, **metadata: str) -> bytes:
    """The same as a file."""
    options = {} if isinstance(model, LinearRegression) else {id(model): {"zipmap": False}}
    converted = to_onnx(model, NUMBERS.astype(np.float32), options=options)
    for key, value in metadata.items():
        converted.metadata_props.add(key=key, value=value)
    return bytes(converted.SerializeToString())


def two_classes(**metadata: str) -> tuple[LogisticRegression, OnnxModel]:
    """Apples and pears."""
    fitted = _fruits()
    return fitted, of(fitted, **metadata)


def two_classes_file() -> bytes:
    """The same as a file."""
    return file_of(_fruits())


def _fruits() -> LogisticRegression:
    return LogisticRegression().fit(NUMBERS, ["apple", "pear", "apple", "pear", "apple", "pear"])


def three_classes() -> tuple[LogisticRegression, OnnxModel]:
    """Numbered classes."""
    fitted = LogisticRegression().fit(NUMBERS, [0, 1, 2, 0, 1, 2])
    return fitted, of(fitted)


def numbers() -> tuple[LinearRegression, OnnxModel]:
    """A regression."""
    fitted = LinearRegression().fit(NUMBERS, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    return fitted, of(fitted)


def named() -> tuple[Pipeline, OnnxModel]:
    """An input a feature: a number and a text."""
    rows = np.array([[0.0, "a"], [1.0, "b"], [2.0, "a"], [3.0, "b"]], dtype=object)
    columns = ColumnTransformer([("keep", "passthrough", [0]), ("text", OneHotEncoder(), [1])])
    fitted = Pipeline([("columns", columns), ("model", LogisticRegression())])
    fitted.fit(rows, ["no", "no", "yes", "yes"])
    inputs = [("width", FloatTensorType([None, 1])), ("shape", StringTensorType([None, 1]))]
    converted = to_onnx(fitted, initial_types=inputs, options={id(fitted[-1]): {"zipmap": False}})
    return fitted, OnnxModel(converted.SerializeToString())
