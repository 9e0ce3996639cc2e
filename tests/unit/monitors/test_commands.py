"""`terrace baseline` and `terrace check`, as they are typed."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.data.clarify.cases import random_rows

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


def people(folder: Path, name: str, seed: int) -> pd.DataFrame:
    frame = pd.DataFrame(random_rows(seed, 2000))
    frame["s"] = (0.6 * frame["p"] + 0.4 * frame["a"]).clip(0, 1)
    frame.to_csv(folder / name, index=False)
    return frame


BIAS = ("--label", "y", "--positive", "1", "--facet", "sex", "--facet-values", "f")
KINDS = {
    "model-quality": ("--problem", "binary", "--label", "y", "--predicted", "p", "--score", "s",
                      "--positive", "1"),
    "bias-drift": (*BIAS, "--predicted", "p", "--group", "g", "--tolerance", "4"),
    "cardinality": (),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_told_its_options_once_and_finds_what_got_worse(
    kind: str, tmp_path: Path
) -> None:
    people(tmp_path, "base.csv", 1)
    worse = people(tmp_path, "live.csv", 2)
    worse.loc[worse["sex"] == "f", ["p", "s"]] = 0
    worse["g"] = range(len(worse))
    worse.to_csv(tmp_path / "worse.csv", index=False)
    folder, out = tmp_path / "baseline", tmp_path / "out"
    made = terrace("baseline", kind, tmp_path / "base.csv", "-o", folder, *KINDS[kind])
    assert made.returncode == 0, made.stderr
    same = terrace("check", kind, tmp_path / "live.csv", "--baseline", folder, "-o", out)
    assert same.returncode == 0, same.stdout
    if kind == "bias-drift":
        worse["g"] = "u"
        worse.to_csv(tmp_path / "worse.csv", index=False)
    found = terrace("check", kind, tmp_path / "worse.csv", "--baseline", folder, "-o", out)
    assert found.returncode == 2, found.stderr
    assert json.loads((out / "constraint_violations.json").read_text())["violations"]


def test_attributions_are_named_each_time(tmp_path: Path) -> None:
    people(tmp_path, "base.csv", 1)
    for name, weights in (("before", [9, 2, 1]), ("after", [1, 2, 9])):
        frame = pd.DataFrame(random_rows(3))[["a", "b", "age"]].rank() * weights
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    data, folder = tmp_path / "base.csv", tmp_path / "baseline"
    before = ("--attributions", str(tmp_path / "before.csv"))
    made = terrace("baseline", "attribution-drift", data, "-o", folder, *before)
    assert made.returncode == 0, made.stderr
    told = ("check", "attribution-drift", data, "--baseline", folder, "-o", tmp_path / "out")
    assert terrace(*told, *before).returncode == 0
    assert terrace(*told, "--attributions", tmp_path / "after.csv").returncode == 2
    assert terrace(*told).returncode == 1


def test_captured_predictions_are_joined_with_labels_that_came_later(tmp_path: Path) -> None:
    frame = people(tmp_path, "base.csv", 1)
    captured, truth = [], []
    for place, row in enumerate(frame.itertuples()):
        event = {"eventMetadata": {"eventId": str(place)}}
        request = {"data": f"{row.a},{row.b},{row.sex},{row.age},{row.g}", "encoding": "CSV"}
        response = {"data": f"{row.p},{row.s}", "encoding": "CSV"}
        sides = {"endpointInput": request, "endpointOutput": response}
        captured.append(json.dumps({"captureData": sides, **event}))
        label = {"groundTruthData": {"data": str(row.y), "encoding": "CSV"}}
        truth.append(json.dumps({**label, **event}))
    (tmp_path / "captured.jsonl").write_text("\n".join(captured))
    (tmp_path / "truth.jsonl").write_text("\n".join(truth))
    given = ("--ground-truth", str(tmp_path / "truth.jsonl"))
    columns = ("--features", "a,b,sex,age,g", "--outputs", "p,s")
    for kind in ("model-quality", "bias-drift"):
        folder, out = tmp_path / kind, tmp_path / "out"
        terrace("baseline", kind, tmp_path / "base.csv", "-o", folder, *KINDS[kind])
        told = ("check", kind, tmp_path / "captured.jsonl", "--baseline", folder, "-o", out)
        assert terrace(*told, *columns, *given).returncode == 0
        waiting = terrace(*told, *columns)
        assert waiting.returncode == 2
        assert "Missing labels" in waiting.stdout or "sex=f" in waiting.stdout
