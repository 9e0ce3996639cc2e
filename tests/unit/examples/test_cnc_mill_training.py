"""A training job that goes well leaves what the pipeline around it reads."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cnc_mill_programs import Job
from sklearn import metrics as oracle
from toolwear import columns, data, model
from toolwear.parameters import Parameters
from toolwear.scoring import Scorer

METRICS = {
    "accuracy": oracle.accuracy_score,
    "precision": lambda a, b: oracle.precision_score(a, b, pos_label="worn"),
    "recall": lambda a, b: oracle.recall_score(a, b, pos_label="worn"),
    "f1": lambda a, b: oracle.f1_score(a, b, pos_label="worn"),
    "mcc": oracle.matthews_corrcoef,
}


def written(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_job_writes_every_file_of_the_contract(job: Job) -> None:
    assert written(job.output) == {
        "attributions.json",
        "baseline/features.parquet",
        "baseline/predictions.parquet",
        "metadata.json",
        "metrics.json",
        "predictions/by_experiment.csv",
        "predictions/random.csv",
        "sample/request.csv",
        "sample/response.csv",
    }
    assert not (job.folder / "output" / "failure").exists()


def test_the_model_folder_holds_no_pickle(job: Job) -> None:
    assert written(job.model) == {"model.onnx", "metadata.json"}


def test_the_metadata_says_what_the_model_takes_and_gives(job: Job) -> None:
    metadata = json.loads((job.output / "metadata.json").read_text())
    assert metadata == json.loads((job.model / "metadata.json").read_text())
    assert list(metadata) == ["features", "label", "classes", "algorithm", "parameters"]
    assert metadata["features"] == list(Scorer(job.model / "model.onnx").features)
    assert (metadata["label"], metadata["classes"]) == ("tool_condition", ["unworn", "worn"])
    assert metadata["parameters"]["trees"] == 5


def test_the_features_are_the_published_sensors_and_no_setting(mill: pd.DataFrame) -> None:
    settings = {
        "experiment",
        "feedrate",
        "clamp_pressure",
        "tool_condition",
        "machining_finalized",
        "passed_visual_inspection",
    }
    assert list(columns.FEATURES) == [name for name in mill.columns if name not in settings]
    assert len(columns.FEATURES) == 48


def test_the_baseline_holds_the_layer_rows_as_they_are_served(job: Job, rows: pd.DataFrame) -> None:
    baseline = pd.read_parquet(job.output / "baseline" / "features.parquet")
    layers = rows[rows["Machining_Process"].str.startswith("Layer")]
    assert 0 < len(layers) < len(rows)
    expected = layers[list(columns.FEATURES)].reset_index(drop=True)
    pd.testing.assert_frame_equal(baseline, expected, check_dtype=False)


def test_the_held_out_rows_are_kept_whole_with_label_and_prediction(job: Job) -> None:
    rows = pd.read_parquet(job.output / "baseline" / "predictions.parquet")
    predictions = pd.read_csv(job.output / "predictions" / "random.csv")
    assert list(rows.columns) == [*columns.FEATURES, "tool_condition", "predicted", "score"]
    kept = rows[["tool_condition", "predicted", "score"]].rename(
        columns={"tool_condition": "label"}
    )
    pd.testing.assert_frame_equal(kept, predictions, check_dtype=False)
    features = pd.read_parquet(job.output / "baseline" / "features.parquet")
    held_out = rows[list(columns.FEATURES)].astype(str).apply(tuple, axis=1)
    assert set(held_out) <= set(features.astype(str).apply(tuple, axis=1))


@pytest.mark.parametrize("split", ["random", "by_experiment"])
def test_the_logged_metrics_are_those_of_the_predictions(job: Job, split: str) -> None:
    predictions = pd.read_csv(job.output / "predictions" / f"{split}.csv")
    assert list(predictions.columns) == ["label", "predicted", "score"]
    for name, measure in METRICS.items():
        (logged,) = re.findall(rf"^{split}:{name}=([0-9.-]+);", job.log, re.MULTILINE)
        expected = measure(predictions["label"], predictions["predicted"])
        assert float(logged) == pytest.approx(expected, abs=6e-5)
    worn = predictions["predicted"] == "worn"
    assert (worn == (predictions["score"] > 0.5)).all()


def test_a_random_fifth_and_each_experiment_once_are_held_out(job: Job) -> None:
    baseline = pd.read_parquet(job.output / "baseline" / "features.parquet")
    random = pd.read_csv(job.output / "predictions" / "random.csv")
    grouped = pd.read_csv(job.output / "predictions" / "by_experiment.csv")
    assert len(random) == np.ceil(len(baseline) * 0.2)
    assert len(grouped) == len(baseline)


def test_attributions_name_every_feature_and_their_sample(job: Job) -> None:
    found = json.loads((job.output / "attributions.json").read_text())
    assert found["rows"] == 4
    assert list(found["mean_absolute_shap"]) == list(columns.FEATURES)
    assert sum(found["mean_absolute_shap"].values()) > 0


def test_the_same_seed_gives_the_same_file_and_another_seed_another(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    dataset = data.prepare(rows, rows="layer", where="rows")
    files = []
    for number, seed in enumerate((1, 1, 2)):
        parameters = Parameters(trees=3, seed=seed)
        path = tmp_path / f"{number}.onnx"
        model.export(model.fit(dataset, parameters), parameters, path)
        files.append(path.read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_a_missing_or_infinite_number_is_filled_alike_before_and_after_export(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    holed = rows.copy()
    holed.loc[holed.index[::3], "X1_OutputCurrent"] = np.nan
    holed.loc[holed.index[1::3], "Z1_ActualPosition"] = np.inf
    dataset = data.prepare(holed, rows="all", where="rows")
    assert dataset.features["Z1_ActualPosition"].isna().any()
    parameters = Parameters(trees=5, rows="all")
    fitted = model.fit(dataset, parameters)
    model.export(fitted, parameters, tmp_path / "model.onnx")
    assert model.verify(fitted, dataset, Scorer(tmp_path / "model.onnx")) < 2e-5


def test_an_export_that_predicts_otherwise_is_refused(job: Job, rows: pd.DataFrame) -> None:
    dataset = data.prepare(rows, rows="layer", where="rows")
    another = model.fit(dataset, Parameters(trees=5, max_depth=1, seed=99))
    with pytest.raises(model.ExportError, match="labels differ, expected 0"):
        model.verify(another, dataset, Scorer(job.model / "model.onnx"))


def test_the_mill_wrote_end_in_two_spellings_and_both_are_read(mill: pd.DataFrame) -> None:
    assert {"End", "end"} <= set(mill["Machining_Process"])
    dataset = data.prepare(mill, rows="all", where="mill")
    assert len(dataset) == len(mill)
    assert set(dataset.features["Machining_Process"]) == set(columns.PROCESSES)
