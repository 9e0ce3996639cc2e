"""Cases of people who do this job, of attributions: tests/data/cases has their inputs."""

from pathlib import Path

import pytest

from .commands import CASES, check, read, violated

ZEROS = CASES / "29-attributions-of-zero"


def checked(tmp_path: Path, made: str, window: str) -> tuple[int, str]:
    data = ZEROS / f"{window}.csv"
    return check("attribution-drift", data, ZEROS / made, tmp_path, "--attributions", data)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("b_zero", "no importance above 0"),
        ("b_nan", "label0 has no number for income"),
        ("b_none", "no importance above 0"),
    ],
)
def test_a_baseline_without_a_ranking_is_refused(tmp_path: Path, made: str, message: str) -> None:
    code, output = checked(tmp_path, made, "attributions")
    assert code == 1
    assert message in output


def test_a_model_that_looks_at_nothing_any_more_is_a_finding(tmp_path: Path) -> None:
    assert checked(tmp_path, "b_good", "attributions")[0] == 0
    assert checked(tmp_path, "b_good", "dead")[0] == 2
    assert violated(tmp_path) == [("label0", "feature_attribution_drift_check")]
    assert read(tmp_path, "analysis")["terrace"]["ndcg"]["label0"]["value"] is None
    compared = read(tmp_path, "constraint_violations")["terrace"]["compared"]
    assert (compared["count"], compared["of"]) == (0, 1)
