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
