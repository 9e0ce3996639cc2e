"""`terrace baseline` and `terrace check`, as they are typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHURN = Path(__file__).parents[2] / "data/sagemaker_churn/training-dataset-with-header.csv"


def terrace(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "terrace", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("baseline")
    assert terrace("baseline", "data-quality", CHURN, "-o", folder).returncode == 0
    return folder


def test_data_like_the_baseline_exit_with_0(baseline: Path, tmp_path: Path) -> None:
    done = terrace("check", "data-quality", CHURN, "--baseline", baseline, "-o", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "constraint_violations.json").exists()


def test_violations_exit_with_2_and_are_written(baseline: Path, tmp_path: Path) -> None:
    lines = CHURN.read_text().splitlines()
    shifted = tmp_path / "shifted.csv"
    header, *rows = lines
    shifted.write_text("\n".join([header, *(f"9{row}" for row in rows[:500])]))
    done = terrace(
        "check", "data-quality", shifted, "--baseline", baseline, "-o", tmp_path, "--json"
    )
    assert done.returncode == 2, done.stderr
    printed = json.loads(done.stdout)
    written = json.loads((tmp_path / "constraint_violations.json").read_text())
    assert printed == written
    assert {v["feature_name"] for v in printed["violations"]} == {"Churn"}


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no files there"), (b"", "empty"), (b"PAR1 truncated", "cannot be read")],
)
def test_data_that_cannot_be_read_are_one_message_and_exit_with_1(
    baseline: Path, tmp_path: Path, content: bytes | None, told: str
) -> None:
    path = tmp_path / "data.parquet"
    if content is not None:
        path.write_bytes(content)
    done = terrace("check", "data-quality", path, "--baseline", baseline, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_baseline_that_is_absent_is_one_message(tmp_path: Path) -> None:
    done = terrace("check", "data-quality", CHURN, "--baseline", tmp_path, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "statistics.json: cannot be read" in done.stderr


def test_too_many_records_that_cannot_be_parsed_are_an_error(
    baseline: Path, tmp_path: Path
) -> None:
    path = tmp_path / "capture.jsonl"
    path.write_text("no json\n")
    done = terrace("check", "data-quality", path, "--baseline", baseline, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "100.0% of the records could not be parsed" in done.stderr
    assert (tmp_path / "out" / "quarantine.jsonl").exists()
