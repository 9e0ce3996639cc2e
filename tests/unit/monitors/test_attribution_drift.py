"""Attribution drift: shap is the oracle for attributions, the documentation's example for NDCG."""

import json
from pathlib import Path
from typing import Any

import duckdb
import lightgbm
import numpy as np
import pandas as pd
import pytest
import shap
import skops.io
from pydantic import ValidationError
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from terrace.batch import Batch, InvalidData
from terrace.monitor import Result
from terrace.monitors.attribution_drift import KIND, AttributionDrift, AttributionDriftOptions
from terrace.monitors.attribution_drift.analysis import InvalidAttributions
from terrace.monitors.attribution_drift.kernel import kernel_shap
from terrace.monitors.attribution_drift.models import UnusableModel, load
from terrace.monitors.attribution_drift.observing import NothingToExplain
from terrace.monitors.attribution_drift.ranking import ndcg

FEATURES = ["a", "b", "c", "d"]


def batch(frame: pd.DataFrame) -> Batch:
    connection = duckdb.connect()
    connection.register("given", frame)
    return Batch(relation=connection.sql("SELECT * FROM given"))


def frame(seed: int = 0, rows: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(size=(rows, 4)), columns=FEATURES).astype(np.float32)


def labels(data: pd.DataFrame) -> Any:
    noise = np.random.default_rng(9).normal(scale=0.3, size=len(data))
    return (2 * data["a"] + data["b"] + 0.3 * data["c"] + noise > 0).astype(int)


def texts(data: pd.DataFrame) -> list[list[str | None]]:
    return [[str(value) for value in row] for row in data.to_numpy().tolist()]


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> tuple[RandomForestClassifier, Path]:
    model = RandomForestClassifier(n_estimators=20, max_depth=5, random_state=0)
    model.fit(frame().to_numpy(), labels(frame()))
    folder = tmp_path_factory.mktemp("forest")
    skops.io.dump(model, folder / "model.skops")
    made = to_onnx(model, frame().to_numpy()[:1], options={"zipmap": False})
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    return model, folder


def test_ndcg_is_the_documentations() -> None:
    training = {"SAT": 0.70, "GPA": 0.50, "rank": 0.05}
    live = {"SAT": 0.10, "GPA": 0.20, "rank": 0.70}
    ideal = 0.70 / 1 + 0.50 / np.log2(3) + 0.05 / 2
    assert ndcg(training, live) == pytest.approx((0.05 + 0.50 / np.log2(3) + 0.70 / 2) / ideal)
    assert ndcg(training, training) == 1


def test_kernel_shap_of_few_features_is_exact() -> None:
    """A function of pairs and more, whose values shap finds by going through all coalitions."""

    def function(rows: Any) -> Any:
        x = np.asarray(rows, dtype=float)
        return np.column_stack([x[:, 0] * x[:, 1] + np.abs(x[:, 2]) * x[:, 3], x.prod(axis=1)])

    data = frame(1, 20).to_numpy().astype(float)
    reference = data.mean(axis=0)
    found = kernel_shap(function, data, reference)
    for output in (0, 1):
        explainer = shap.KernelExplainer(lambda x, o=output: function(x)[:, o], reference[None, :])
        expected = explainer.shap_values(data, l1_reg=False, silent=True)
        assert found[:, :, output] == pytest.approx(np.asarray(expected), rel=1e-6, abs=1e-9)


def test_kernel_shap_of_many_features_adds_up_and_is_exact_for_sums() -> None:
    rng = np.random.default_rng(0)
    weights, data = rng.normal(size=40), rng.normal(size=(5, 40))
    found = kernel_shap(lambda x: (np.asarray(x) @ weights)[:, None], data, np.zeros(40))
    assert found[:, :, 0] == pytest.approx(data * weights, abs=1e-8)


def test_forests_are_explained_as_shap_does(forest: tuple[RandomForestClassifier, Path]) -> None:
    model, folder = forest
    data = frame(2, 30)
    explainer = load(folder / "model.skops", FEATURES)
    found = explainer.explain(texts(data), ["0"] * 4)
    expected = np.asarray(shap.TreeExplainer(model).shap_values(data.to_numpy()))[:, :, 1]
    assert found[:, :, 0] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_onnx_is_explained_as_shap_explains_the_model_it_came_from(
    forest: tuple[RandomForestClassifier, Path],
) -> None:
    model, folder = forest
    data = frame(2, 10)
    found = load(folder / "model.onnx", FEATURES).explain(texts(data), ["0"] * 4)
    explainer = shap.KernelExplainer(lambda x: model.predict_proba(x)[:, 1], np.zeros((1, 4)))
    expected = explainer.shap_values(data.to_numpy(), l1_reg=False, silent=True)
    assert found[:, :, 0] == pytest.approx(np.asarray(expected), abs=1e-5)


def test_lightgbm_is_explained_as_shap_does(tmp_path: Path) -> None:
    data = frame()
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1, "seed": 0},
        lightgbm.Dataset(data, labels(data)),
        num_boost_round=20,
    )
    booster.save_model(tmp_path / "model.txt")
    found = load(tmp_path / "model.txt", FEATURES).explain(texts(data[:30]), ["0"] * 4)
    expected = np.asarray(shap.TreeExplainer(booster).shap_values(data[:30]))
    expected = expected[..., 1] if expected.ndim == 3 else expected
    assert found[:, :, 0] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def checked(data: pd.DataFrame, monitor: AttributionDrift) -> Result:
    return monitor.check(monitor.observe(batch(data)))


@pytest.mark.parametrize("suffix", ["onnx", "skops"])
def test_data_that_make_other_features_matter_are_a_violation(
    forest: tuple[RandomForestClassifier, Path], suffix: str
) -> None:
    options = AttributionDriftOptions(model=str(forest[1] / f"model.{suffix}"), sample=200)
    monitor = KIND.load(KIND.suggest(batch(frame()), options), options)
    result = checked(frame(5), monitor)
    assert result.violations == ()
    told = result.reports["analysis"]["terrace"]["ndcg"]["label0"]
    assert told["value"] > 0.99
    assert told["standard_deviation"] < 0.05
    narrow = frame(5).assign(a=0.0)
    narrow["c"] *= 5
    (violation,) = checked(narrow, monitor).violations
    assert violation.check == "feature_attribution_drift_check"
    ranks = checked(narrow, monitor).reports["analysis"]["terrace"]["ranks"]["label0"]
    assert ranks[0]["name"] == "a"
    assert ranks[0]["rank"] > 1


def test_attributions_may_come_from_elsewhere() -> None:
    options = AttributionDriftOptions(attributions="elsewhere.csv")
    told = pd.DataFrame({"a": [0.7, -0.7], "b": [0.5, -0.5], "c": [0.05, 0.05]})
    monitor = KIND.load(KIND.suggest(batch(told), options), options)
    assert checked(told, monitor).violations == ()
    other = pd.DataFrame({"a": [0.1, -0.1], "b": [0.2, -0.2], "c": [0.7, 0.7]})
    result = checked(other, monitor)
    assert result.violations[0].value == pytest.approx(0.6876, abs=1e-3)
    file = result.violations_file()["violations"][0]
    assert (file["label"], file["metric_name"]) == ("label0", "shap")


def test_a_baseline_of_clarify_is_taken() -> None:
    values = {"a": 0.7, "b": 0.5, "c": 0.05}
    content = {"explanations": {"kernel_shap": {"label0": {"global_shap_values": values}}}}
    options = AttributionDriftOptions(attributions="elsewhere.csv")
    monitor = KIND.load({"analysis": content}, options)
    assert checked(pd.DataFrame({k: [v] for k, v in values.items()}), monitor).violations == ()
    with pytest.raises(InvalidAttributions, match="expected explanations"):
        KIND.load({"analysis": {"version": "1.0"}}, options)
    with pytest.raises(InvalidAttributions, match=r"of version 2\.0"):
        KIND.load({"analysis": {"version": "2.0"}}, options)


def test_a_window_without_rows_is_a_finding() -> None:
    options = AttributionDriftOptions(attributions="elsewhere.csv")
    monitor = KIND.load(KIND.suggest(batch(frame()), options), options)
    assert checked(frame()[:0], monitor).violations[0].check == "records_check"


def test_what_does_not_fit_is_told(
    forest: tuple[RandomForestClassifier, Path], tmp_path: Path
) -> None:
    model = str(forest[1] / "model.skops")
    options = AttributionDriftOptions(model=model, sample=50)
    monitor = KIND.load(KIND.suggest(batch(frame()), options), options)
    with pytest.raises(InvalidData, match="no column 'd'; they have: a, b, c, e"):
        checked(frame().rename(columns={"d": "e"}), monitor)
    with pytest.raises(UnusableModel, match="takes 4 features, the data have 3"):
        KIND.suggest(batch(frame()[["a", "b", "c"]]), options)
    with pytest.raises(UnusableModel, match="numbers alone"):
        KIND.suggest(batch(frame().assign(d="text")), options)
    with pytest.raises(UnusableModel, match=r"expected a file of \.onnx, \.tflite, \.txt, \.skops"):
        load(tmp_path / "model.pkl", FEATURES)
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(UnusableModel, match="is no model in ONNX"):
        load(tmp_path / "model.onnx", FEATURES)
    with pytest.raises(NothingToExplain):
        KIND.suggest(batch(frame()), AttributionDriftOptions())
    with pytest.raises(InvalidAttributions, match="no attribution but 0"):
        KIND.suggest(batch(frame() * 0), AttributionDriftOptions(attributions="x"))
    with pytest.raises(ValidationError, match="expected one of them"):
        AttributionDriftOptions(model="a.onnx", attributions="b.csv")


def test_a_model_that_was_not_trusted_is_not_loaded(tmp_path: Path) -> None:
    class Own(LogisticRegression):
        pass

    Own.__module__ = "somebodys"
    skops.io.dump(Own().fit(frame(), labels(frame())), tmp_path / "model.skops")
    with pytest.raises(UnusableModel, match="nobody vouches for: somebodys"):
        load(tmp_path / "model.skops", FEATURES)


def test_a_state_with_a_sample_survives_json(forest: tuple[RandomForestClassifier, Path]) -> None:
    options = AttributionDriftOptions(model=str(forest[1] / "model.skops"), sample=50)
    monitor = KIND.load(KIND.suggest(batch(frame()), options), options)
    state = monitor.observe(batch(frame()))
    again = monitor.load_state(json.loads(json.dumps(state.dump())))
    assert again == state
    halves = [monitor.observe(batch(half)) for half in (frame()[:250], frame()[250:])]
    assert halves[1] + halves[0] == state
