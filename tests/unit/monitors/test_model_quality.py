"""Model quality: scikit-learn is the oracle for the values."""

import json
import math
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from terrace.batch import Batch, InvalidData
from terrace.monitor import Result
from terrace.monitors.model_quality import KIND, ModelQuality, ModelQualityOptions
from terrace.monitors.model_quality.constraints import InvalidConstraints
from terrace.monitors.model_quality.scores import KEPT, Scores, gridded, gridded_sql

BINARY = ModelQualityOptions(problem="binary", label="y", predicted="p", score="s", positive="1")


def batch(frame: pd.DataFrame) -> Batch:
    connection = duckdb.connect()
    connection.register("given", frame)
    return Batch(relation=connection.sql("SELECT * FROM given"))


def binary(rows: int, seed: int = 0, noise: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    y = rng.random(rows) < 0.3
    logit = 2.5 * (y - 0.5) + rng.normal(scale=noise, size=rows)
    score = (1 / (1 + np.exp(-logit))).round(3)
    return pd.DataFrame({"y": y.astype(int), "p": (score > 0.5).astype(int), "s": score})


def made(frame: pd.DataFrame, options: ModelQualityOptions) -> ModelQuality:
    return KIND.load(KIND.suggest(batch(frame), options), options)


def checked(frame: pd.DataFrame, monitor: ModelQuality) -> tuple[dict[str, Any], Result]:
    result = monitor.check(monitor.observe(batch(frame)))
    member = next(name for name in result.reports["statistics"] if name.endswith("_metrics"))
    return result.reports["statistics"][member], result


@pytest.mark.parametrize("seed", range(5))
def test_binary_metrics_agree_with_scikit_learn(seed: int) -> None:
    frame = binary(2000, seed)
    found, _ = checked(frame, made(frame, BINARY))
    y, p, s = frame["y"], frame["p"], frame["s"]
    (tn, fp), (fn, tp) = metrics.confusion_matrix(y, p)
    expected = {
        "recall": metrics.recall_score(y, p),
        "precision": metrics.precision_score(y, p),
        "accuracy": metrics.accuracy_score(y, p),
        "true_positive_rate": tp / (tp + fn),
        "true_negative_rate": tn / (tn + fp),
        "false_positive_rate": fp / (tn + fp),
        "false_negative_rate": fn / (tp + fn),
        "f0_5": metrics.fbeta_score(y, p, beta=0.5),
        "f1": metrics.f1_score(y, p),
        "f2": metrics.fbeta_score(y, p, beta=2),
        "auc": metrics.roc_auc_score(y, s),
    }
    assert {name: found[name]["value"] for name in expected} == pytest.approx(expected, rel=1e-9)
    assert found["confusion_matrix"] == {"0": {"0": tn, "1": fp}, "1": {"0": fn, "1": tp}}


def test_the_best_constant_classifier_says_the_more_frequent_class() -> None:
    """The figures of SageMaker's own example: three positives, one negative."""
    frame = pd.DataFrame({"y": [1, 1, 1, 0], "p": [0, 1, 1, 1], "s": [0.1, 0.9, 0.9, 0.9]})
    found, _ = checked(frame, made(frame, BINARY))
    constant = {
        name.removesuffix("_best_constant_classifier"): one["value"]
        for name, one in found.items()
        if name.endswith("_best_constant_classifier")
    }
    assert constant == pytest.approx(
        {
            "recall": 1.0,
            "precision": 0.75,
            "accuracy": 0.75,
            "f0_5": 0.7894736842105263,
            "f1": 0.8571428571428571,
            "f2": 0.9375,
        }
    )


@pytest.mark.parametrize("seed", range(3))
def test_multiclass_metrics_agree_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.choice(list("abcd"), size=1000, p=[0.5, 0.3, 0.15, 0.05])
    p = np.where(rng.random(1000) < 0.7, y, rng.choice(list("abc"), size=1000))
    frame = pd.DataFrame({"y": y, "p": p})
    options = ModelQualityOptions(problem="multiclass", label="y", predicted="p")
    found, _ = checked(frame, made(frame, options))
    weighted: dict[str, Any] = {"average": "weighted", "zero_division": 0}
    expected = {
        "accuracy": metrics.accuracy_score(y, p),
        "weighted_recall": metrics.recall_score(y, p, **weighted),
        "weighted_precision": metrics.precision_score(y, p, **weighted),
        "weighted_f0_5": metrics.fbeta_score(y, p, beta=0.5, **weighted),
        "weighted_f1": metrics.f1_score(y, p, **weighted),
        "weighted_f2": metrics.fbeta_score(y, p, beta=2, **weighted),
    }
    assert {name: found[name]["value"] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_regression_metrics_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(1e6, 5, size=1000)
    frame = pd.DataFrame({"y": y, "p": y + rng.normal(size=1000)})
    options = ModelQualityOptions(problem="regression", label="y", predicted="p")
    found, _ = checked(frame, made(frame, options))
    expected = {
        "mae": metrics.mean_absolute_error(y, frame["p"]),
        "mse": metrics.mean_squared_error(y, frame["p"]),
        "rmse": metrics.root_mean_squared_error(y, frame["p"]),
        "r2": metrics.r2_score(y, frame["p"]),
    }
    assert {name: found[name]["value"] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_standard_deviations_are_those_of_windows_drawn_again() -> None:
    frame = binary(800)
    monitor = made(frame, BINARY)
    found, _ = checked(frame, monitor)
    again = [
        checked(frame.sample(frac=1, replace=True, random_state=seed), monitor)[0]
        for seed in range(60)
    ]
    for metric in ("accuracy", "precision", "f1", "auc"):
        drawn = float(np.std([one[metric]["value"] for one in again]))
        assert found[metric]["standard_deviation"] == pytest.approx(drawn, rel=0.35)


def test_windows_like_the_baseline_hold_and_worse_ones_do_not() -> None:
    monitor = made(binary(20_000), BINARY)
    _, result = checked(binary(20_000, seed=7), monitor)
    assert result.violations == ()
    _, result = checked(binary(20_000, seed=7, noise=3), monitor)
    told = {violation.feature: violation for violation in result.violations}
    assert {"accuracy", "auc", "f1"} <= told.keys()
    assert told["auc"].check == "LessThanThreshold"
    assert told["auc"].description.startswith("Metric auc with 0.")
    assert result.violations_file()["violations"][0]["metric_name"]


def test_small_windows_are_given_the_room_that_chance_takes() -> None:
    monitor = made(binary(20_000), BINARY)
    alarms = sum(bool(checked(binary(100, seed=seed), monitor)[1].violations) for seed in range(60))
    assert alarms <= 1
    assert checked(binary(100, noise=6), monitor)[1].violations


def test_an_undefined_metric_is_no_zero() -> None:
    monitor = made(binary(500), BINARY)
    frame = binary(500).assign(p=0)
    found, _ = checked(frame, monitor)
    assert found["precision"]["value"] is None


def test_labels_and_predictions_are_compared_however_they_are_written() -> None:
    monitor = made(binary(500), BINARY)
    frame = binary(500)
    texts = pd.DataFrame({"y": frame["y"].astype(float).astype(str), "p": frame["p"].astype(str),
                          "s": frame["s"].astype(str)})  # fmt: skip
    assert checked(texts, monitor)[0] == checked(frame, monitor)[0]


def test_predictions_without_a_label_wait_and_are_estimated() -> None:
    monitor = made(binary(20_000), BINARY)
    frame = binary(4000, seed=3)
    known, _ = checked(frame, monitor)
    late = frame.astype({"y": object})
    late.loc[10:, "y"] = None
    result = monitor.check(monitor.observe(batch(late)))
    statistics = result.reports["statistics"]
    assert statistics["dataset"]["waiting_count"] == 3990
    for metric, estimate in statistics["estimated_performance"].items():
        if metric in known:
            assert estimate["lower"] - 0.01 < known[metric]["value"] < estimate["upper"] + 0.01


def test_a_window_without_a_label_is_a_finding() -> None:
    monitor = made(binary(100), BINARY)
    _, result = checked(binary(100).assign(y=None), monitor)
    assert [violation.check for violation in result.violations] == ["labels_check"]
    _, result = checked(binary(0), monitor)
    assert [violation.check for violation in result.violations] == ["records_check"]


def test_a_third_class_is_a_finding_and_is_not_counted() -> None:
    monitor = made(binary(1000), BINARY)
    frame = binary(1000)
    before, _ = checked(frame, monitor)
    stranger = pd.concat([frame, pd.DataFrame({"y": [7] * 3, "p": [1] * 3, "s": [0.9] * 3})])
    found, result = checked(stranger, monitor)
    assert found["accuracy"] == before["accuracy"]
    assert "3 rows have the class '7'" in result.violations[0].description


def test_a_column_that_is_absent_is_told_with_those_there_are() -> None:
    monitor = made(binary(100), BINARY)
    with pytest.raises(InvalidData, match="no column 'y'; they have: p, s"):
        monitor.observe(batch(binary(100)[["p", "s"]]))


def test_constraints_of_model_monitor_are_taken_and_strict() -> None:
    told = {"threshold": 0.9, "comparison_operator": "LessThanThreshold"}
    content = {"version": 0.0, "binary_classification_constraints": {"accuracy": told}}
    monitor = KIND.load({"statistics": {}, "constraints": content}, BINARY)
    frame = pd.DataFrame({"y": [1] * 10, "p": [1] * 9 + [0], "s": [0.5] * 10})
    assert checked(frame, monitor)[1].violations == ()
    frame.loc[0, "p"] = 0
    assert [v.value for v in checked(frame, monitor)[1].violations] == [0.8]
    regression = ModelQualityOptions(problem="regression", label="y", predicted="p")
    with pytest.raises(InvalidConstraints, match="expected regression_constraints"):
        KIND.load({"statistics": {}, "constraints": content}, regression)


@pytest.mark.parametrize("power", [-200, -30, -28, -5, -4, 0, 3, 27, 40])
def test_sql_and_python_come_to_the_same_cell_of_the_grid(power: int) -> None:
    rng = np.random.default_rng(abs(power))
    scores = [*(rng.normal(size=50) * 2.0**power), 2.0**power, -(2.0**power), 0.0]
    connection = duckdb.connect()
    for score in map(float, scores):
        ((got,),) = connection.sql(f"SELECT {gridded_sql(f'{score!r}::DOUBLE')}").fetchall()
        assert got == gridded(score)
        assert math.isclose(got, score, rel_tol=2**-8, abs_tol=2**-36)


def test_many_scores_go_over_to_the_grid_and_still_add() -> None:
    rng = np.random.default_rng(0)
    one, other = (
        Scores.of({float(score): (1, i % 2) for i, score in enumerate(rng.random(KEPT - 1))})
        for _ in range(2)
    )
    both = one + other
    assert not one.on_grid
    assert both.on_grid
    exact = Scores(counts={**one.counts, **other.counts})
    assert both.auc().value == pytest.approx(exact.auc().value, abs=1e-4)
    assert (one + other).dump() == (other + one).dump() == (both + Scores()).dump()


def test_captured_predictions_and_merged_labels_give_the_same(tmp_path: Path) -> None:
    from terrace import dataset

    frame = binary(200)
    lines = []
    for row in frame.itertuples():
        side = {"data": f"{row.p},{row.s}\n", "encoding": "CSV"}
        truth = {"data": f"{row.y}", "encoding": "CSV"}
        lines.append(
            json.dumps({"captureData": {"endpointOutput": side}, "groundTruthData": truth})
        )
    path = tmp_path / "captured.jsonl"
    path.write_text("\n".join(lines))
    monitor = made(frame, BINARY)
    (found, *_) = dataset.batches(str(path), monitor.layout)
    assert monitor.check(monitor.observe(found)) == checked(frame, monitor)[1]


def test_slices_are_measured_each_by_itself() -> None:
    frame = binary(2000).assign(machine=["a", "b"] * 1000)
    frame.loc[frame["machine"] == "b", "p"] = 1 - frame["p"]
    options = BINARY.model_copy(update={"slices": "machine"})
    monitor = made(frame, options)
    halves = [monitor.observe(batch(half)) for half in (frame[:700], frame[700:])]
    result = monitor.check(halves[0] + monitor.load_state(halves[1].dump()))
    slices = result.reports["statistics"]["slices"]
    assert slices["column"] == "machine"
    for value, part in frame.groupby("machine"):
        found = slices["values"][value]
        assert found["item_count"] == 1000
        expected = metrics.accuracy_score(part["y"], part["p"])
        assert found["accuracy"]["value"] == pytest.approx(expected)
    assert monitor.layout.features == ("machine",)


def test_errors_of_a_regression_are_told_by_slice() -> None:
    frame = pd.DataFrame({"y": [1.0, 2, 3, 4], "p": [1.0, 2, 4, 6], "where": ["x", "x", "y", "y"]})
    options = ModelQualityOptions(problem="regression", label="y", predicted="p", slices="where")
    result = checked(frame, made(frame, options))[1]
    values = result.reports["statistics"]["slices"]["values"]
    assert [values[name]["mae"]["value"] for name in "xy"] == [0.0, 1.5]
