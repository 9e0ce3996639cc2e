"""A training job that cannot go well says why, in SageMaker's `failure` file, and exits with 1."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cnc_mill_programs import EXAMPLE, PARAMETERS, environ, fill, program_environ
from toolwear import data, splits, train
from toolwear.parameters import ParameterError, Parameters, parse_parameters

Spoil = Callable[[pd.DataFrame], pd.DataFrame]


def failure(folder: Path) -> str:
    """Run the job, expect it to fail, and return what it says."""
    assert train.main(environ(folder)) == 1
    return (folder / "output" / "failure").read_text()


def with_value(column: str, value: object) -> Spoil:
    def spoil(rows: pd.DataFrame) -> pd.DataFrame:
        changed = rows.astype({column: object})
        changed.loc[changed.index[3], column] = value
        return changed

    return spoil


SPOILT: dict[str, tuple[Spoil, str]] = {
    "label column": (
        lambda rows: rows.drop(columns="tool_condition"),
        "part.csv: missing columns: tool_condition",
    ),
    "feature columns": (
        lambda rows: rows.drop(columns=["X1_DCBusVoltage", "Machining_Process"]),
        "part.csv: missing columns: X1_DCBusVoltage, Machining_Process",
    ),
    "label": (
        with_value("tool_condition", "broken"),
        "column tool_condition: 1 rows have unknown values ('broken'), expected one of unworn",
    ),
    "missing label": (with_value("tool_condition", None), "unknown values ('')"),
    "process": (
        with_value("Machining_Process", "Layer 4 Up"),
        "column Machining_Process: 1 rows have unknown values ('Layer 4 Up'), expected one of",
    ),
    "number": (
        with_value("S1_OutputPower", "n.a.x"),
        "column S1_OutputPower: row 4 is 'n.a.x', expected a number",
    ),
    "one class": (
        lambda rows: rows[rows["tool_condition"] == "worn"],
        "column tool_condition: got unworn 0, worn ",
    ),
    "no layers": (
        lambda rows: rows.assign(Machining_Process="Prep"),
        "none of 320 rows has one of Layer 1 Up",
    ),
    "no rows": (lambda rows: rows.head(0), "part.csv: no rows, 54 columns"),
    "empty column": (
        lambda rows: rows.assign(Y1_OutputPower=np.nan),
        "no number at all in: Y1_OutputPower",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_spoilt_rows_fail_the_job_with_a_sentence(
    what: str, rows: pd.DataFrame, tmp_path: Path
) -> None:
    spoil, expected = SPOILT[what]
    spoil(rows).to_csv(fill(tmp_path, PARAMETERS) / "part.csv", index=False)
    assert expected in failure(tmp_path)


def test_an_empty_file_fails_the_job(tmp_path: Path) -> None:
    (fill(tmp_path, {}) / "part.csv").touch()
    assert failure(tmp_path) == "part.csv: the file is empty (0 bytes)"


def test_a_truncated_parquet_fails_the_job(rows: pd.DataFrame, tmp_path: Path) -> None:
    path = fill(tmp_path, {}) / "part.parquet"
    rows.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    assert "part.parquet: cannot be read as parquet, is it whole?" in failure(tmp_path)


def test_a_file_of_another_kind_fails_the_job(tmp_path: Path) -> None:
    (fill(tmp_path, {}) / "part.xlsx").write_text("x")
    assert failure(tmp_path) == "part.xlsx: got a .xlsx file, expected .parquet or .csv"


def test_two_files_in_the_channel_fail_the_job(tmp_path: Path) -> None:
    channel = fill(tmp_path, {})
    (channel / "a.csv").write_text("x")
    (channel / "b.csv").write_text("x")
    assert failure(tmp_path) == "channel training: got 2 files (a.csv, b.csv), expected one"


def test_the_program_exits_with_1_and_prints_no_traceback(tmp_path: Path) -> None:
    fill(tmp_path, {"trees": "many"})
    done = subprocess.run(
        [EXAMPLE / "train"], env=program_environ(tmp_path), capture_output=True, text=True
    )
    message = "hyperparameters: trees is 'many', expected an integer from 1 to 2000"
    assert done.returncode == 1
    assert done.stderr == f"training failed: {message}\n"
    assert (tmp_path / "output" / "failure").read_text() == message


def test_every_bad_hyperparameter_is_told_at_once() -> None:
    given = {"trees": "0", "rows": "some", "test_fraction": "0.9", "leaves": "3", "seed": "1.5"}
    with pytest.raises(ParameterError) as caught:
        parse_parameters(given)
    for part in (
        "trees is '0', expected an integer from 1 to 2000",
        "rows is 'some', expected layer or all",
        "test_fraction is '0.9', expected a number from 0.05 to 0.5",
        "'leaves' is unknown, expected one of algorithm, trees",
        "seed is '1.5', expected an integer",
    ):
        assert part in str(caught.value)


def test_what_sagemaker_adds_to_the_hyperparameters_is_no_mistake() -> None:
    given = {"_tuning_objective_metric": "random:mcc", "sagemaker_region": "eu-west-1"}
    assert parse_parameters({**given, "trees": "9"}) == Parameters(trees=9)


def test_hyperparameters_that_are_not_json_fail_the_job(tmp_path: Path) -> None:
    fill(tmp_path, {})
    (tmp_path / "input" / "config" / "hyperparameters.json").write_text("{trees: 5")
    assert failure(tmp_path).startswith("hyperparameters.json: not JSON")


def folds(rows: pd.DataFrame) -> list[splits.Fold]:
    dataset = data.prepare(rows, rows="all", where="rows")
    return list(splits.whole_experiments(dataset, Parameters()))


def test_an_experiment_is_never_on_both_sides_of_a_fold(rows: pd.DataFrame) -> None:
    seen = []
    for learnt, held_out in folds(rows):
        names = rows["experiment"].to_numpy()
        assert not set(names[learnt]) & set(names[held_out])
        seen += held_out.tolist()
    assert sorted(seen) == list(range(len(rows)))


def test_too_few_experiments_leave_the_grouped_split_out_with_the_reason(
    rows: pd.DataFrame,
) -> None:
    few = rows[rows["experiment"].isin([11, 12, 13])].reset_index(drop=True)
    with pytest.raises(splits.NotComputedError, match="got worn 1 experiments, expected at least"):
        folds(few)


def test_without_experiments_the_job_goes_on_and_says_what_it_left_out(
    rows: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = fill(tmp_path, {**PARAMETERS, "explain_rows": "0"})
    rows.drop(columns="experiment").to_csv(channel / "part.csv", index=False)
    assert train.main(environ(tmp_path)) == 0
    assert "by_experiment: not computed: the file has no column" in capsys.readouterr().out
    predictions = tmp_path / "output" / "data" / "predictions"
    assert [path.name for path in predictions.iterdir()] == ["random.csv"]
