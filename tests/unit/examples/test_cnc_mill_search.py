"""The mill's search for hyperparameters inside one job."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cnc_mill_programs import EXAMPLE, fill, program_environ

SEARCH: dict[str, Any] = {
    "split": "random",
    "metric": "mcc",
    "trials": 3,
    "strategy": "Bayesian",
    "seed": 0,
    "parameters": {
        "algorithm": {"kind": "categorical", "values": ["random-forest", "extra-trees"]},
        "trees": {"kind": "integer", "minimum": 1, "maximum": 6},
        "max_features": {"kind": "continuous", "minimum": 0.1, "maximum": 1.0},
    },
}


def trained(rows: pd.DataFrame, folder: Path, search: Any) -> subprocess.CompletedProcess[str]:
    given = {"explain_rows": "0", "tuning": json.dumps(search)}
    rows.to_parquet(fill(folder, given) / "part.parquet", index=False)
    return subprocess.run(
        [EXAMPLE / "train"], env=program_environ(folder), capture_output=True, text=True
    )


def test_a_job_searches_keeps_its_trials_and_trains_the_best(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    done = trained(rows, tmp_path, SEARCH)
    assert done.returncode == 0, done.stderr
    (found,) = tmp_path.rglob("trials.json")
    trials = json.loads(found.read_text())
    assert [one["status"] for one in trials] == ["Completed"] * 3
    best = max(trials, key=lambda one: one["objective"])["hyperparameters"]
    metadata = json.loads(next(tmp_path.rglob("metadata.json")).read_text())
    assert metadata["algorithm"] == best["algorithm"]
    assert metadata["parameters"]["trees"] == int(best["trees"])
    assert f"random:mcc={max(one['objective'] for one in trials):.4f};" in done.stdout


def test_an_automl_library_finds_one_more_trial_the_same_each_time(tmp_path: Path) -> None:
    rows = pd.read_parquet(EXAMPLE / "data/cnc_mill_tool_wear.parquet").sample(2500, random_state=0)
    found = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        done = trained(rows, folder, SEARCH | {"trials": 1, "automl_trials": 30})
        assert done.returncode == 0, done.stderr
        found.append(json.loads(next(folder.rglob("trials.json")).read_text()))
    _, automl = found[0]
    assert automl["name"] == "automl"
    assert automl["status"] == "Completed"
    # FLAML begins with four leaves; a search that hears how good its trials are goes on from there.
    assert automl["objective"] > 0.7
    assert int(automl["hyperparameters"]["max_leaves"]) > 4
    assert automl["hyperparameters"].keys() > {"algorithm", "trees", "max_leaves", "criterion"}
    best = max(found[0], key=lambda one: one["objective"])["hyperparameters"]
    metadata = json.loads(next((tmp_path / "one").rglob("metadata.json")).read_text())
    assert metadata["parameters"]["trees"] == int(best["trees"])
    assert found[0] == found[1]


def test_a_library_that_finds_nothing_is_a_failed_trial(rows: pd.DataFrame, tmp_path: Path) -> None:
    done = trained(rows, tmp_path, SEARCH | {"trials": 1, "automl_trials": -1})
    assert done.returncode == 0, done.stderr
    ours, automl = json.loads(next(tmp_path.rglob("trials.json")).read_text())
    assert ours["status"] == "Completed"
    assert (automl["status"], automl["objective"]) == ("Failed", None)
    assert "FLAML" in automl["reason"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"metric": "fame"}, "metric is 'fame', expected one of accuracy"),
        ({"split": "held_out"}, "split is 'held_out', expected one of random"),
        ({"parameters": {"trees": {"kind": "integer", "minimum": -9, "maximum": -1}}}, "trees is"),
        ({"trials": "many"}, "expected an object with split"),
    ],
)
def test_a_search_that_cannot_be_made_fails_in_words(
    rows: pd.DataFrame, tmp_path: Path, changed: Mapping[str, Any], told: str
) -> None:
    done = trained(rows, tmp_path, SEARCH | changed)
    assert done.returncode == 1
    (failure,) = tmp_path.rglob("failure")
    assert told in failure.read_text()
