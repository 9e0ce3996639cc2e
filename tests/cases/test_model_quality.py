"""Cases of people who do this job, of model quality: tests/data/cases has their inputs."""

from pathlib import Path

import pandas as pd
import pytest

from .commands import CASES, baseline, check, read, violated

ONE_CLASS = CASES / "16-one-class-in-the-window"
WILD = CASES / "22-wild-prediction"
MORE_WILD = CASES / "30-wild-predictions-move-the-threshold"
LABELS = CASES / "32-ground-truth-odds"
BINARY = ("--problem", "binary", "--label", "y", "--predicted", "p", "--score", "s",
          "--positive", "1")  # fmt: skip
REGRESSION = ("--problem", "regression", "--label", "y", "--predicted", "p")


def test_a_window_of_one_class_is_measured_and_says_what_is_undefined(tmp_path: Path) -> None:
    made, found = tmp_path / "baseline", tmp_path / "found"
    assert baseline("model-quality", ONE_CLASS / "held_out.csv", made, *BINARY)[0] == 0
    code, output = check("model-quality", ONE_CLASS / "window.csv", made, found)
    assert code == 2, output
    metrics = read(found, "statistics")["binary_classification_metrics"]
    assert (metrics["auc"]["value"], metrics["recall"]["value"]) == (None, None)
    assert metrics["accuracy"]["value"] == pytest.approx(0.867647, abs=1e-6)
    assert metrics["false_positive_rate"]["value"] == pytest.approx(0.132353, abs=1e-6)
    assert metrics["precision"]["value"] == 0.0
    compared = read(found, "constraint_violations")["terrace"]["compared"]
    assert {"auc", "recall"} <= compared["not_compared"].keys()
    assert (compared["count"], compared["of"]) == (7, 11)


@pytest.mark.parametrize("power", [80, 155, 200])
def test_a_prediction_that_has_run_away_is_a_finding_and_no_crash(
    tmp_path: Path, power: int
) -> None:
    made, found, window = tmp_path / "made", tmp_path / "found", WILD / f"window_1e{power}.csv"
    assert baseline("model-quality", WILD / "held_out.csv", made, *REGRESSION)[0] == 0
    code, output = check("model-quality", window, made, found)
    assert code == 2, output
    assert {("mae", "GreaterThanThreshold"), ("rmse", "GreaterThanThreshold")} <= set(
        violated(found)
    )
    metrics = read(found, "statistics")["regression_metrics"]
    assert metrics["mae"]["value"] == pytest.approx(10.0**power / 200, rel=1e-9)
    assert metrics["rmse"]["value"] == pytest.approx(10.0**power / 200**0.5, rel=1e-9)
    assert (metrics["mse"]["value"] is None) == (power > 155)


@pytest.mark.parametrize("power", [80, 155, 200])
def test_a_baseline_with_a_prediction_that_has_run_away_can_be_made(
    tmp_path: Path, power: int
) -> None:
    window = WILD / f"window_1e{power}.csv"
    code, output = baseline("model-quality", window, tmp_path / "made", *REGRESSION)
    assert code == 0, output
    assert read(tmp_path / "made", "constraints")["regression_constraints"]["mae"]
    code, output = check("model-quality", WILD / "held_out.csv", tmp_path / "made", tmp_path)
    assert code == 0, output


@pytest.mark.parametrize("wild", [1, 5, 10, 20])
def test_wild_predictions_do_not_widen_what_is_allowed(tmp_path: Path, wild: int) -> None:
    made, found, window = tmp_path / "made", tmp_path / "found", MORE_WILD / f"window_{wild}.csv"
    assert baseline("model-quality", MORE_WILD / "held_out.csv", made, *REGRESSION)[0] == 0
    code, output = check("model-quality", window, made, found)
    assert code == 2, output
    thresholds = {
        one["feature_name"]: one["threshold"]
        for one in read(found, "constraint_violations")["violations"]
    }
    assert thresholds.keys() == {"mae", "mse", "rmse", "r2"}
    assert thresholds["mae"] < 0.5
    assert thresholds["rmse"] < 0.6


def test_a_small_window_with_one_wild_prediction_is_told_of_by_every_metric(
    tmp_path: Path,
) -> None:
    made, found = tmp_path / "made", tmp_path / "found"
    held_out, few = MORE_WILD / "held_out.csv", tmp_path / "few.csv"
    pd.read_csv(MORE_WILD / "window_1.csv")[:50].to_csv(few, index=False)
    assert baseline("model-quality", held_out, made, *REGRESSION)[0] == 0
    assert check("model-quality", few, made, found)[0] == 2
    assert {metric for metric, _ in violated(found)} == {"mae", "mse", "rmse", "r2"}


@pytest.mark.parametrize("records", ["capture", "empty_id"])
def test_labels_join_however_they_are_written_and_an_empty_id_is_none(
    tmp_path: Path, records: str
) -> None:
    made, found = tmp_path / "made", tmp_path / "found"
    assert baseline("model-quality", LABELS / "held_out.csv", made, *BINARY)[0] == 0
    code, output = check(
        "model-quality",
        LABELS / f"{records}.jsonl",
        made,
        found,
        *("--ground-truth", LABELS / "labels", "--max-bad-fraction", "0.02"),
    )
    assert code == 0, output
    statistics = read(found, "statistics")
    assert statistics["dataset"] == {
        "item_count": 200, "waiting_count": 0, "unusable_count": 0,
    }  # fmt: skip
    metrics = statistics["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(0.795)
    assert metrics["auc"]["value"] == pytest.approx(0.9155956752345982)
    assert metrics["f1"]["value"] == pytest.approx(0.8193832599)
    assert len((found / "quarantine.jsonl").read_text().splitlines()) == 2
