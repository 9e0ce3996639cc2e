"""Cases of people who do this job, of bias: tests/data/cases has their inputs.

The figures are those of smclarify, the library behind SageMaker Clarify.
"""

from pathlib import Path

import pytest

from .commands import CASES, baseline, check, read, violated

GRADES = CASES / "09-several-positive-labels" / "grades.csv"
NEVER = CASES / "10-positive-label-never-comes"
LOANS = CASES / "04-yes-no-labels" / "loans.csv"
BY_SEX = ("--facet", "sex", "--facet-values", "f")


def metrics(folder: Path) -> dict[str, float | None]:
    analysis = read(folder, "analysis")
    found: dict[str, float | None] = {}
    for stage in ("pre_training_bias_metrics", "post_training_bias_metrics"):
        (group,) = analysis[stage]["facets"]["sex"]
        found |= {one["name"]: one["value"] for one in group["metrics"]}
    return found


def test_labels_of_yes_and_no_are_labels(tmp_path: Path) -> None:
    told = ("--label", "granted", "--predicted", "said", "--positive", "yes")
    code, output = baseline("bias-drift", LOANS, tmp_path, *told, *BY_SEX)
    assert code == 0, output
    expected = {
        "DPL": 0.21578947368421053, "KL": 0.1030574254503776, "DPPL": 0.175187969924812,
        "DI": 0.6393188854489165, "RD": 0.1068783068783069,
    }  # fmt: skip
    found = metrics(tmp_path)
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    told = ("--problem", "binary", *told)
    code, output = baseline("model-quality", LOANS, tmp_path / "quality", *told)
    assert code == 0, output


@pytest.mark.parametrize("positive", ["medium,high", "high, medium"])
def test_several_labels_may_be_hoped_for(tmp_path: Path, positive: str) -> None:
    told = ("--label", "grade", "--predicted", "said", "--positive", positive, *BY_SEX)
    code, output = baseline("bias-drift", GRADES, tmp_path, *told)
    assert code == 0, output
    expected = {
        "DPL": 0.2401894885090583, "KL": 0.11746413546822707, "DPPL": 0.14150822610588315,
    }  # fmt: skip
    found = metrics(tmp_path)
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    code, output = check("bias-drift", GRADES, tmp_path, tmp_path / "same")
    assert code == 0, output


def test_a_positive_label_that_never_comes_gives_no_baseline(tmp_path: Path) -> None:
    told = ("--label", "y", "--predicted", "p", "--positive", "yes", *BY_SEX)
    code, output = baseline("bias-drift", NEVER / "train.csv", tmp_path, *told)
    assert code == 1
    assert "positive got yes; 'y' has 0, 1" in output


def test_a_window_whose_labels_are_written_otherwise_is_a_finding(tmp_path: Path) -> None:
    told = ("--label", "y", "--predicted", "p", "--positive", "1", *BY_SEX)
    assert baseline("bias-drift", NEVER / "train.csv", tmp_path, *told)[0] == 0
    found = tmp_path / "found"
    code, output = check("bias-drift", NEVER / "window.csv", tmp_path, found)
    assert code == 2, output
    assert {("y", "positive_label_check"), ("p", "positive_label_check")} <= set(violated(found))
