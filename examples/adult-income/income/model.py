"""Boosted trees, weighed so that they need not repeat what the census says of men and women."""

import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from income.data import FACET, FEATURES, LABEL, NEGATIVE, NUMBERS, POSITIVE, TEXTS
from income.parameters import Parameters

_OPSETS = {"": 18, "ai.onnx.ml": 3}
_DECIMALS = 5  # as Terrace's functions answer


def fit(rows: pd.DataFrame, parameters: Parameters) -> Pipeline:
    """Fit on every row given; the same rows and parameters give the same trees."""
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    columns = ColumnTransformer(
        [("numbers", "passthrough", list(NUMBERS)), ("texts", encoder, list(TEXTS))]
    )
    trees = GradientBoostingClassifier(
        n_estimators=parameters.trees,
        max_depth=parameters.depth,
        learning_rate=parameters.learning_rate,
        subsample=0.5,
        random_state=parameters.seed,
    )
    pipeline = Pipeline([("columns", columns), ("trees", trees)])
    weights = weights_of(rows, parameters.reweigh)
    return pipeline.fit(rows[list(FEATURES)], rows[LABEL], trees__sample_weight=weights)


def weights_of(rows: pd.DataFrame, strength: float) -> NDArray[np.float64]:
    """Return each row's weight by reweighing (Kamiran and Calders 2012).

    With strength 1 a row weighs what its sex and income would be expected together, were they
    independent, over what they are observed; with 0 all rows weigh 1.
    """
    sizes = rows.groupby([FACET, LABEL])[LABEL].transform("size")
    by_facet = rows.groupby(FACET)[LABEL].transform("size")
    by_label = rows.groupby(LABEL)[FACET].transform("size")
    expected = by_facet * by_label / len(rows)
    return np.asarray((expected / sizes) ** strength, dtype=float)


def export(pipeline: Pipeline, path: Path) -> None:
    """Write model.onnx: one input a feature, by name and type."""
    # Imported here: conversion is the last step, and a job that fails earlier need not wait for it.
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    inputs = [(name, FloatTensorType([None, 1])) for name in NUMBERS]
    inputs += [(name, StringTensorType([None, 1])) for name in TEXTS]
    model = to_onnx(
        pipeline,
        initial_types=inputs,
        name="adult-income",
        target_opset=_OPSETS,
        options={id(pipeline[-1]): {"zipmap": False}},
    )
    told = {"label": LABEL, "classes": json.dumps([NEGATIVE, POSITIVE]), "positive": POSITIVE}
    for key, value in told.items():
        model.metadata_props.add(key=key, value=value)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def predict(path: Path, rows: pd.DataFrame) -> pd.DataFrame:
    """Return what the exported model says: `predicted` and `score`, as an endpoint answers."""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    feeds = {
        # By their order: the exported names have underscores for hyphens.
        given.name: rows[[name]].to_numpy(dtype=np.float32 if name in NUMBERS else object)
        for given, name in zip(session.get_inputs(), FEATURES, strict=True)
    }
    labels, probabilities = session.run(None, feeds)
    scores = [round(float(one[1]), _DECIMALS) for one in probabilities]
    return pd.DataFrame({"predicted": labels, "score": scores}, index=rows.index)
