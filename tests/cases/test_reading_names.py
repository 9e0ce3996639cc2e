"""Columns as they are called, and many of them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cases.reading import checked, learnt, record, written

ODD = ["air [K]", "torque [/s]", "a.b", 'say "hi"', "x,y", "Age", "age", "AGE", " lead", "Äpfel",
       "äpfel", "a\nb", "c'd", "", "select", "[bold]", "日本", "a_1"]  # fmt: skip


# Case 08: awslabs/deequ 274 and 319, docarray/docarray 733.
def test_columns_are_called_what_they_are_called(tmp_path: Path) -> None:
    path, window = tmp_path / "train.parquet", tmp_path / "window.parquet"
    data = pd.DataFrame([[number % 5 for _ in ODD] for number in range(200)], columns=ODD)
    data.to_parquet(path)
    (data + 100).to_parquet(window)
    baseline = learnt(path)
    found = json.loads((baseline / "constraints.json").read_text())["features"]
    assert [one["name"] for one in found] == ODD
    lines = [record(json.dumps(dict.fromkeys(ODD, number % 5)), "JSON") for number in range(200)]
    capture = written(tmp_path / "capture.jsonl", lines)
    assert checked(capture, baseline).checks == {}
    done = checked(window, baseline)
    assert (done.exit_code, {name for name, _ in done.checks}) == (2, set(ODD)), done.error
    assert "torque [/s]" in done.output
    assert "[bold]" in done.output


def test_a_csv_file_whose_values_follow_commas_by_a_space_is_its_traffic(tmp_path: Path) -> None:
    lines = [f"{number % 7}, {'xyz'[number % 3]}" for number in range(99)]
    baseline = learnt(written(tmp_path / "train.csv", ["age, work class", *lines]))
    as_csv = written(tmp_path / "1.jsonl", map(record, lines))
    by_name = [dict(zip(("age", " work class"), line.split(", "), strict=True)) for line in lines]
    as_json = written(tmp_path / "2.jsonl", [record(json.dumps(row), "JSON") for row in by_name])
    for capture in (as_csv, as_json):
        assert checked(capture, baseline).checks == {}


def test_names_with_commas_are_given_as_a_list_and_remembered(tmp_path: Path) -> None:
    names = ["a, b", " c", "d"]
    rows = [[number % 2, "MF"[number % 2], number % 5] for number in range(200)]
    path = tmp_path / "train.parquet"
    pd.DataFrame(rows, columns=names).to_parquet(path)
    told = ("--label", "d", "--positive", "1", "--facet", json.dumps(["a, b", " c"]))
    baseline = learnt(path, *told, kind="bias-drift")
    done = checked(path, baseline, kind="bias-drift")
    assert done.exit_code == 0, done.error
    facets = done.file("analysis")["pre_training_bias_metrics"]["facets"]
    assert set(facets) == {"a, b", " c"}
    capture = written(tmp_path / "capture.jsonl", [record(",".join(map(str, r))) for r in rows])
    done = checked(capture, learnt(path), "--features", json.dumps(names))
    assert done.checks == {}


# Case 21: awslabs/deequ 534, fg-data-profiling 261.
def test_a_wide_table_has_a_baseline_with_pandas_means(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 300)).round(4))
    wide.columns = [f"f{place}" for place in range(300)]
    wide.to_csv(path, index=False)
    baseline = learnt(path)
    found = json.loads((baseline / "statistics.json").read_text())["features"]
    means = [one["numerical_statistics"]["mean"] for one in found]
    assert means == pytest.approx(list(wide.mean()))
    assert checked(path, baseline).exit_code == 0
