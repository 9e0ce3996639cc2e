"""Cases of people who do this job, of data quality: tests/data/cases has their inputs."""

from pathlib import Path

import pandas as pd
import pytest

from terrace.monitors.data_quality.monitoring import METHODS

from .commands import CASES, baseline, check, read, violated

DISABLED = CASES / "01-disabled-feature"
TARGET_FIRST = CASES / "14-target-first-baseline"
CONSTANT = CASES / "19-empty-and-constant-columns"


@pytest.mark.parametrize(
    ("made", "compared"),
    [("baseline", "1 of 1 features compared"), ("baseline_all_off", "0 of 0 features compared")],
)
def test_what_the_baseline_switches_off_is_not_checked_and_the_report_says_so(
    tmp_path: Path, made: str, compared: str
) -> None:
    code, output = check("data-quality", DISABLED / "window.csv", DISABLED / made, tmp_path)
    assert code == 0, output
    assert compared in " ".join(output.split())
    reasons = read(tmp_path, "constraint_violations")["terrace"]["compared"]["not_compared"]
    assert "Disabled" in reasons["seats"]


def test_a_baseline_with_the_target_first_is_read_with_the_names_of_both_sides(
    tmp_path: Path,
) -> None:
    code, output = check(
        "data-quality",
        TARGET_FIRST / "capture.jsonl",
        TARGET_FIRST / "baseline",
        tmp_path,
        *("--features", "minutes,calls", "--outputs", "churn"),
    )
    assert code == 0, output
    assert "3 of 3 features compared" in " ".join(output.split())


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_that_moves_is_drift_by_every_distance(tmp_path: Path, method: str) -> None:
    made = tmp_path / "baseline"
    assert baseline("data-quality", CONSTANT / "train.csv", made)[0] == 0
    told = ("--comparison-method", method)
    same = check("data-quality", CONSTANT / "train.csv", made, tmp_path / "same", *told)
    assert same[0] == 0, same[1]
    code, output = check("data-quality", CONSTANT / "window.csv", made, tmp_path / "other", *told)
    assert code == 2, output
    assert set(violated(tmp_path / "other")) == {
        ("g", "completeness_check"),
        ("five", "baseline_drift_check"),
    }


WORDS = ["short", "a longer text", "a text that goes on and on and on", "nan is no text here", "7"]


def texts(path: Path, times: int) -> Path:
    rows = [(f"{WORDS[n % 5]} {n}" if n % 5 != 4 else str(n)) * times for n in range(900)]
    rows[7] = "inf"
    pd.DataFrame({"k": range(900), "review": rows}).to_csv(path, index=False)
    return path


def test_free_texts_are_compared_by_their_lengths(tmp_path: Path) -> None:
    made = tmp_path / "baseline"
    train = texts(tmp_path / "train.csv", 1)
    assert baseline("data-quality", train, made)[0] == 0
    lengths = read(made, "statistics")["features"][1]["string_statistics"]["terrace"]["lengths"]
    written = pd.read_csv(train, dtype=str, keep_default_na=False)["review"].str.len()
    assert lengths["edges"][-1] == written.max()
    assert sum(lengths["counts"]) == 900
    code, output = check("data-quality", train, made, tmp_path / "same")
    assert code == 0, output
    notes = read(tmp_path / "same", "constraint_violations")["terrace"]["notes"]
    assert notes == ["review: it is a free text, so the distance is that of its lengths"]
    code, output = check("data-quality", texts(tmp_path / "w.csv", 3), made, tmp_path / "found")
    assert code == 2, output
    assert violated(tmp_path / "found") == [("review", "baseline_drift_check")]
