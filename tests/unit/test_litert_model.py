"""Models in LiteRT say what TensorFlow said when they were made."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from terrace.models import opened
from terrace.models.needed import UnusableModel
from terrace.monitors.attribution_drift.models import load
from terrace.serving.payload import Payload, RequestRefused
from terrace.serving.scorer import Scorer

DATA = Path(__file__).parents[1] / "data" / "litert"
SAID = json.loads((DATA / "said.json").read_text())
ROWS = SAID["rows"]
CSV = "".join(f"{a},{b}\n" for a, b in ROWS).encode()


def model(folder: Path, name: str, labels: str | None = None) -> Path:
    path = folder / "model.tflite"
    shutil.copy(DATA / f"{name}.tflite", path)
    if labels is not None:
        (folder / "labels.txt").write_text(labels)
    return path


def answers(path: Path, body: bytes = CSV) -> list[list[str]]:
    found = Scorer(opened(path)).respond(Payload(body=body, content_type="text/csv"))
    return [line.split(",") for line in found.body.decode().splitlines()]


def test_two_classes_are_answered_with_the_second_ones_probability(tmp_path: Path) -> None:
    found = answers(model(tmp_path, "two", "unworn\nworn\n"))
    assert [label for label, _ in found] == [
        "worn" if p > 0.5 else "unworn" for (p,) in SAID["two"]
    ]
    assert [float(score) for _, score in found] == pytest.approx(
        [p for (p,) in SAID["two"]], abs=1e-5
    )


def test_of_more_classes_the_predicted_ones_probability_is_told(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    found = answers(model(tmp_path, "three", "\r\n".join(names)))
    assert [label for label, _ in found] == [names[int(np.argmax(row))] for row in SAID["three"]]
    assert [float(score) for _, score in found] == pytest.approx(
        [max(row) for row in SAID["three"]], abs=1e-5
    )


def test_without_labels_numbers_are_predicted(tmp_path: Path) -> None:
    found = answers(model(tmp_path, "numbers"))
    assert [float(score) for (score,) in found] == pytest.approx(
        [value for (value,) in SAID["numbers"]], abs=1e-5
    )


def test_several_inputs_are_taken_by_name(tmp_path: Path) -> None:
    path = model(tmp_path, "named")
    assert list(opened(path).inputs) == ["height", "width"]
    body = "".join(json.dumps({"width": a, "height": b}) + "\n" for a, b in ROWS).encode()
    asked = Payload(body=body, content_type="application/jsonlines")
    found = Scorer(opened(path)).respond(asked).body.decode().splitlines()
    assert [json.loads(line)["score"] for line in found] == pytest.approx(
        [value for (value,) in SAID["named"]], abs=1e-5
    )


def test_it_is_explained_as_a_black_box(tmp_path: Path) -> None:
    explainer = load(model(tmp_path, "two", "unworn\nworn\n"), ["x0", "x1"])
    assert explainer.method == "kernel_shap"
    rows = [[str(a), str(b)] for a, b in ROWS]
    found = explainer.explain(rows, rows[0])
    assert found.shape == (5, 2, 1)
    gained = [p - SAID["two"][0][0] for (p,) in SAID["two"]]
    assert found.sum(axis=1)[:, 0] == pytest.approx(gained, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "labels", "told"),
    [("three", "a\nb\n", "has 2 classes, the model 3 outputs"), ("two", "a\n", None)],
)
def test_labels_that_are_not_the_outputs_are_told(
    tmp_path: Path, name: str, labels: str, told: str | None
) -> None:
    path = model(tmp_path, name, labels)
    if told:
        with pytest.raises(RequestRefused, match=told):
            answers(path)
    else:
        assert {label for label, _ in answers(path)} == {"a"}


@pytest.mark.parametrize("content", [b"", b"no model", (DATA / "two.tflite").read_bytes()[:200]])
def test_what_is_no_model_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(UnusableModel, match="is no model in LiteRT with a signature"):
        opened(path)


@pytest.mark.parametrize(
    ("body", "told"), [(b"1,2,3\n", "has 3 columns; expected 2"), (b"1,x\n", "expected a number")]
)
def test_a_request_that_it_does_not_take_is_refused(tmp_path: Path, body: bytes, told: str) -> None:
    with pytest.raises(RequestRefused, match=told):
        answers(model(tmp_path, "two", "a\nb\n"), body)


def test_another_format_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableModel, match=r"expected a file of \.onnx, \.tflite"):
        opened(tmp_path / "model.pkl")


def test_a_missing_value_goes_through_the_model_as_no_number(tmp_path: Path) -> None:
    given: Any = np.array([[None, 1.0]], dtype=object)
    (found,) = opened(model(tmp_path, "numbers")).run(given, [])
    assert np.isnan(found).all()
