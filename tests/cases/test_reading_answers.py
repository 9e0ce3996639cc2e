"""What endpoints are really asked, and what they really answer."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from terrace.monitors.values import canonical, canonical_of_sql
from tests.cases.reading import Done, checked, exchange, learnt, record, terrace, written

ROWS = [(20 + number % 40, "abc"[number % 3]) for number in range(100)]
BOTH = [{"age": age, "job": job} for age, job in ROWS]
SHAPES = {
    "instances": lambda age, job: {"instances": [[age, job]]},
    "instances by name": lambda age, job: {"instances": [{"age": age, "job": job}]},
    "features": lambda age, job: {"features": [age, job]},
    "instances of features": lambda age, job: {"instances": [{"features": [age, job]}]},
    "data.features.values": lambda age, job: {"data": {"features": {"values": [age, job]}}},
    "instances of data": lambda age, job: {
        "instances": [{"data": {"features": {"values": [age, job]}}}]
    },
    "dataframe_split": lambda age, job: {
        "dataframe_split": {"columns": ["job", "age"], "data": [[job, age]]}
    },
    "dataframe_records": lambda age, job: {"dataframe_records": [{"age": age, "job": job}]},
    "inputs by column": lambda age, job: {"inputs": {"age": [age], "job": [job]}},
    "inputs by row": lambda age, job: {"inputs": [[age, job]]},
    "signature": lambda age, job: {"signature_name": "x", "instances": [{"age": age, "job": job}]},
    "pandas split": lambda age, job: {
        "columns": ["age", "job"], "index": [0], "data": [[age, job]]
    },
    "pandas columns": lambda age, job: {"age": {"0": age}, "job": {"0": job}},
    "pandas list": lambda age, job: {"age": [age], "job": [job]},
    "pandas records": lambda age, job: [{"age": age, "job": job}],
    "kserve v2": lambda age, job: {
        "id": "1",
        "inputs": [
            {"name": "age", "shape": [1], "datatype": "INT64", "data": [age]},
            {"name": "job", "shape": [1, 1], "datatype": "BYTES", "data": [[job]]},
        ],
    },
    "kserve v2 in one tensor": lambda age, job: {
        "inputs": [{"name": "input-0", "shape": [1, 2], "datatype": "BYTES", "data": [age, job]}]
    },
    "own": lambda age, job: {"payload": {"rows": [[age, job]]}},
    "spaces": lambda age, job: {" age": age, "job ": job},
}  # fmt: skip


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    pd.DataFrame(BOTH).to_csv(path, index=False)
    return learnt(path)


# Case 13: mlflow/mlflow 5522 and 690, amazon-sagemaker-examples 3760.
@pytest.mark.parametrize("shape", SHAPES)
def test_requests_of_every_usual_shape_are_the_baselines_rows(baseline: Path, shape: str) -> None:
    lines = [record(json.dumps(SHAPES[shape](*row)), "JSON") for row in ROWS]
    done = checked(written(baseline.parent / "capture.jsonl", lines), baseline)
    assert (done.exit_code, done.records, done.checks) == (0, 100, {}), done.error


@pytest.mark.parametrize(
    "request_of",
    [
        lambda rows: {"instances": [list(row) for row in rows]},
        lambda rows: {"inputs": {"age": [a for a, _ in rows], "job": [j for _, j in rows]}},
        lambda rows: {
            "inputs": [
                {"name": name, "shape": [len(rows)], "datatype": "X", "data": list(values)}
                for name, values in zip(("age", "job"), zip(*rows, strict=True), strict=True)
            ]
        },
    ],
)
def test_several_rows_in_one_request_are_several_rows(baseline: Path, request_of: object) -> None:
    assert callable(request_of)
    lines = [record(json.dumps(request_of(ROWS[at : at + 10])), "JSON") for at in range(0, 100, 10)]
    done = checked(written(baseline.parent / "capture.jsonl", lines), baseline)
    assert (done.records, done.checks) == (100, {}), done.error


def test_features_are_where_a_jmespath_says(baseline: Path) -> None:
    lines = [
        record(json.dumps({"meta": [9, 9], "body": {"x": {"v": list(row)}, "y": 1}}), "JSON")
        for row in ROWS
    ]
    capture = written(baseline.parent / "capture.jsonl", lines)
    assert checked(capture, baseline).exit_code == 1
    done = checked(capture, baseline, "--features-attribute", "body.x.v")
    assert (done.exit_code, done.records, done.checks) == (0, 100, {}), done.error
    done = checked(capture, baseline, "--features-attribute", "body.nowhere")
    assert "leads to nothing" in done.error
    done = checked(capture, baseline, "--features-attribute", "body[")
    assert "no JMESPath" in done.error


# Case 34 a.
def test_a_baseline_comes_of_requests_in_base64_and_of_fields_that_come_later(
    tmp_path: Path,
) -> None:
    import base64

    coded = base64.b64encode(b"0,1").decode()
    lines = [record(coded, "BASE64", "text/csv; charset=utf-8")] * 50
    found = json.loads(
        (learnt(written(tmp_path / "a.jsonl", lines)) / "statistics.json").read_text()
    )
    assert found["dataset"]["item_count"] == 50
    assert [one["name"] for one in found["features"]] == ["_c0", "_c1"]
    lines = [record('{"a": 1}', "JSON"), *[record('{"a": 1, "b": "x"}', "JSON")] * 50]
    found = json.loads(
        (learnt(written(tmp_path / "b.jsonl", lines)) / "statistics.json").read_text()
    )
    assert [one["name"] for one in found["features"]] == ["a", "b"]


def scored() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    label = rng.integers(0, 2, 400)
    return pd.DataFrame(
        {"label": label, "score": np.clip(rng.normal(0.3 + 0.4 * label, 0.2), 0, 1).round(4)}
    )


BINARY = ("--problem", "binary", "--label", "label", "--positive", "1")


def quality(data: Path, capture: Path, *options: str) -> Done:
    baseline = learnt(data, *options, kind="model-quality")
    return checked(capture, baseline, kind="model-quality")


# Case 12: amazon-sagemaker-examples 350, sagemaker-python-sdk 3418.
@pytest.mark.parametrize("answer", ["{}", '{{"predictions": [[{}]]}}', '{{"score": {}}}'])
def test_a_probability_alone_is_a_prediction_by_its_threshold(tmp_path: Path, answer: str) -> None:
    path, found = tmp_path / "held_out.csv", scored()
    found.to_csv(path, index=False)
    encoding = "CSV" if answer == "{}" else "JSON"
    lines = [
        exchange("2", answer.format(score), str(label), encoding)
        for label, score in zip(found["label"], found["score"], strict=True)
    ]
    capture = written(tmp_path / "capture.jsonl", lines)
    done = quality(path, capture, *BINARY, "--score", "score", "--threshold", "0.5")
    assert done.exit_code == 0, done.error
    told = done.file("statistics")["binary_classification_metrics"]
    predicted = (found["score"] > 0.5).astype(int)
    assert told["accuracy"]["value"] == metrics.accuracy_score(found["label"], predicted)
    assert told["f1"]["value"] == pytest.approx(metrics.f1_score(found["label"], predicted))
    assert told["auc"]["value"] == pytest.approx(
        metrics.roc_auc_score(found["label"], found["score"]), abs=1e-3
    )


def test_a_threshold_needs_a_score_and_no_prediction_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "held_out.csv"
    scored().to_csv(path, index=False)
    for options, words in (
        (("--threshold", "0.5"), "threshold got no score"),
        (("--threshold", "0.5", "--score", "score", "--predicted", "label"), "expected one of"),
    ):
        done = terrace("baseline", "model-quality", path, tmp_path / "b", *BINARY, *options)
        assert done.exit_code == 1
        assert words in done.error


LISTS = ["{},{},{}", '{{"predictions": [[{}, {}, {}]]}}', '{{"probabilities": [{}, {}, {}]}}',
         "[{}, {}, {}]"]  # fmt: skip


@pytest.mark.parametrize("answer", LISTS)
def test_of_a_list_of_probabilities_the_greatest_is_predicted(tmp_path: Path, answer: str) -> None:
    rng = np.random.default_rng(5)
    chances = rng.dirichlet([1, 1, 1], 300).round(4)
    classes = np.array(["a", "b", "c"])
    labels = classes[
        np.where(rng.random(300) < 0.7, chances.argmax(axis=1), rng.integers(0, 3, 300))
    ]
    path = tmp_path / "held_out.csv"
    pd.DataFrame(chances, columns=classes).assign(y=labels).to_csv(path, index=False)
    encoding = "CSV" if answer.startswith("{},") else "JSON"
    lines = [
        exchange("2", answer.format(*row), label, encoding)
        for row, label in zip(chances, labels, strict=True)
    ]
    capture = written(tmp_path / "capture.jsonl", lines)
    told = ("--problem", "multiclass", "--label", "y", "--label-headers", "a,b,c")
    done = quality(path, capture, *told)
    assert done.exit_code == 0, done.error
    found = done.file("statistics")["multiclass_classification_metrics"]["accuracy"]["value"]
    assert found == metrics.accuracy_score(labels, classes[chances.argmax(axis=1)])


# Case 15: sagemaker-python-sdk 2953, amazon-sagemaker-examples 3187.
def test_classes_as_1_and_as_1_point_0_are_one_class(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    labels, predicted = rng.integers(0, 3, 300), rng.integers(0, 3, 300)
    path = tmp_path / "held_out.csv"
    pd.DataFrame({"y": labels, "p": predicted}).to_csv(path, index=False)
    lines = [
        exchange("1,2", f'{{"result": {{"deep": [{{"p": {p}.0}}]}}}}', f"{y}{end}", "JSON")
        for y, p, end in zip(labels, predicted, ["", "\n"] * 150, strict=True)
    ]
    capture = written(tmp_path / "capture.jsonl", lines)
    told = ("--problem", "multiclass", "--label", "y", "--predicted", "p")
    baseline = learnt(path, *told, kind="model-quality")
    where = ("--inference-attribute", "result.deep[*].p")
    done = checked(capture, baseline, *where, kind="model-quality")
    assert (done.exit_code, done.checks) == (0, {}), done.error
    found = done.file("statistics")["multiclass_classification_metrics"]
    assert found["weighted_f1"]["value"] == pytest.approx(
        metrics.f1_score(labels, predicted, average="weighted")
    )


def test_lists_of_probabilities_are_where_a_jmespath_says(tmp_path: Path) -> None:
    chances = np.random.default_rng(7).dirichlet([1, 1, 1], 200).round(4)
    labels = np.array(["a", "b", "c"])[chances.argmax(axis=1)]
    path = tmp_path / "held_out.csv"
    pd.DataFrame(chances, columns=["a", "b", "c"]).assign(y=labels).to_csv(path, index=False)
    lines = [
        exchange("1", json.dumps({"id": [1], "out": {"p": list(row)}}), label, "JSON")
        for row, label in zip(chances, labels, strict=True)
    ]
    capture = written(tmp_path / "capture.jsonl", lines)
    told = ("--problem", "multiclass", "--label", "y", "--label-headers", "a,b,c")
    baseline = learnt(path, *told, kind="model-quality")
    done = checked(capture, baseline, "--probability-attribute", "out.p", kind="model-quality")
    assert (done.exit_code, done.records, done.aside) == (0, 200, []), done.error
    done = checked(capture, baseline, "--inference-attribute", "out.p", kind="model-quality")
    assert "got the place 'out.p' in a response, of which the monitor reads a, b, c" in done.error


def test_the_classes_of_a_row_that_has_several_are_a_set(tmp_path: Path) -> None:
    classes = [["b", "a"], ["c"], []] * 50
    path = tmp_path / "held_out.parquet"
    pd.DataFrame({"y": classes, "p": classes}).to_parquet(path)
    lines = [
        exchange("1", json.dumps({"predictions": [{"p": found[::-1]}]}), None, "JSON")
        for found in (*classes[:-1], ["a"])
    ]
    for place, line in enumerate(lines):
        merged = json.loads(line) | {
            "groundTruthData": {"data": json.dumps([{"y": classes[place]}]), "encoding": "JSON"}
        }
        lines[place] = json.dumps(merged)
    capture = written(tmp_path / "capture.jsonl", lines)
    told = ("--problem", "multiclass", "--label", "y", "--predicted", "p")
    done = quality(path, capture, *told)
    found = done.file("statistics")["multiclass_classification_metrics"]
    assert found["accuracy"]["value"] == pytest.approx(149 / 150)
    assert set(found["confusion_matrix"]) == {'["a","b"]', "c", "[]", "a"}


LABELS = ['["b","a"]', '["a", "b", "a"]', "[1, 2.0]", "[]", "[x", '[true, "TRUE"]', '["a", null]',
          '[["a"]]', '[{"a": 1}]', "1.0", "01", '["é\\u00e9", "/"]', '["\\n", "\\"q\\""]',
          '["a,b"]', "[1e400, 2]", "[NaN]", "[bold]", '["01", "1.0"]', "[-0]", "[1_1]",
          '["1_1", "nan"]', '[" a", "a "]', '["", ""]', "[1]x", "[", "[]]"]  # fmt: skip


@pytest.mark.parametrize("text", LABELS)
def test_a_label_has_one_form_in_python_and_in_sql(text: str) -> None:
    query = f"SELECT {canonical_of_sql('v')} FROM (SELECT ?::VARCHAR AS v)"  # ours
    assert duckdb.connect().execute(query, [text]).fetchall() == [(canonical(text),)]
