"""The forest: fit it with scikit-learn, export it to one ONNX file, prove that the two agree."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from toolwear.columns import CLASSES, LABEL, NUMBERS, POSITIVE, PROCESS, allowed_processes
from toolwear.data import Dataset
from toolwear.errors import ToolWearError
from toolwear.parameters import Parameters
from toolwear.scoring import Scorer, as_score, decide

_ALGORITHMS = {"random-forest": RandomForestClassifier, "extra-trees": ExtraTreesClassifier}
_OPSETS = {"": 18, "ai.onnx.ml": 3}
_TOLERANCE = 2e-5  # scores are rounded to 1e-5, so neighbours may differ by one step


class ExportError(ToolWearError):
    """The exported model does not predict what the fitted one does."""


def fit(dataset: Dataset, parameters: Parameters) -> Pipeline:
    """Fit the forest on every row given; the same rows and parameters give the same forest."""
    forest = _ALGORITHMS[parameters.algorithm](
        n_estimators=parameters.trees,
        max_depth=parameters.max_depth or None,
        max_leaf_nodes=parameters.max_leaves or None,
        max_features=parameters.max_features or "sqrt",
        criterion=parameters.criterion,
        random_state=parameters.seed,
        n_jobs=-1,
    )
    pipeline = Pipeline([("columns", columns(parameters)), ("forest", forest)])
    pipeline.fit(dataset.features, dataset.labels)
    # Threads add the trees' votes in any order; one thread makes scores repeat to the last bit.
    forest.set_params(n_jobs=1)
    return pipeline


def columns(parameters: Parameters) -> ColumnTransformer:
    """Return what makes numbers of a row, not fitted yet."""
    return ColumnTransformer(
        [
            ("numbers", SimpleImputer(strategy="median"), list(NUMBERS)),
            ("process", _encoder(parameters), [PROCESS]),
        ]
    )


def _encoder(parameters: Parameters) -> OneHotEncoder:
    # The categories are fixed, so that a process absent from this file is still a valid request.
    return OneHotEncoder(
        categories=[list(allowed_processes(parameters.rows))],
        handle_unknown="ignore",
        sparse_output=False,
        dtype=np.float32,
    )


def score(pipeline: Pipeline, dataset: Dataset) -> list[float]:
    """Return the fitted forest's probability of `worn` for each row."""
    return [as_score(row[1]) for row in pipeline.predict_proba(dataset.features)]


def export(pipeline: Pipeline, parameters: Parameters, path: Path) -> None:
    """Write model.onnx: one input a feature, by name and type; outputs label and probabilities."""
    # Imported here: conversion is the last step, and a job that fails earlier need not wait for it.
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    inputs = [(name, FloatTensorType([None, 1])) for name in NUMBERS]
    inputs.append((PROCESS, StringTensorType([None, 1])))
    model = to_onnx(
        pipeline,
        initial_types=inputs,
        name="tool-wear",  # the default holds a random part, and the file's hash is its identity
        target_opset=_OPSETS,
        options={id(pipeline[-1]): {"zipmap": False}},
    )
    written = {
        "label": LABEL,
        "classes": json.dumps(CLASSES),
        "positive": POSITIVE,
        "processes": json.dumps(allowed_processes(parameters.rows)),
    }
    for key, value in written.items():
        model.metadata_props.add(key=key, value=value)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def verify(pipeline: Pipeline, dataset: Dataset, scorer: Scorer) -> float:
    """Compare the exported model with the fitted one on every row; return the largest difference.

    Raises:
        ExportError: where a score differs by more than 2e-5, or a predicted label differs.
    """
    fitted = score(pipeline, dataset)
    exported = scorer.score(dataset.features.to_numpy(dtype=object).tolist())
    difference = float(np.abs(np.subtract(fitted, exported)).max())
    changed = sum(decide(a) != decide(b) for a, b in zip(fitted, exported, strict=True))
    if difference > _TOLERANCE or changed:
        raise ExportError(
            f"model.onnx: largest difference of a score {difference:.2g}, expected at most "
            f"{_TOLERANCE:.0e}; {changed} of {len(fitted)} labels differ, expected 0"
        )
    return difference


def attributions(pipeline: Pipeline, dataset: Dataset) -> dict[str, float]:
    """Return each feature's mean absolute SHAP value for the probability of `worn`.

    A machining process is several columns to the forest and one feature to the reader: the
    columns' values are added before the absolute value is taken.
    """
    # Imported here: shap brings a compiler along, two seconds that a failing job need not wait.
    import shap

    matrix, forest = pipeline[0].transform(dataset.features), pipeline[-1]
    values: NDArray[np.float64] = shap.TreeExplainer(forest).shap_values(matrix)[:, :, 1]
    numbers = len(NUMBERS)
    merged = np.column_stack([values[:, :numbers], values[:, numbers:].sum(axis=1)])
    means = np.abs(merged).mean(axis=0)
    return {name: float(mean) for name, mean in zip((*NUMBERS, PROCESS), means, strict=True)}
