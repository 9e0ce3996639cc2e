import json

import numpy as np
import pytest

from terrace.serving.payload import CSV, JSON, JSON_LINES, Payload, RequestRefused
from terrace.serving.scorer import Scorer

from . import models


def csv_of(rows: np.ndarray) -> Payload:
    text = "\n".join(",".join(map(str, row)) for row in rows)
    return Payload(body=text.encode(), content_type=CSV)


def test_of_two_classes_the_score_is_that_of_the_positive() -> None:
    fitted, model = models.two_classes()
    answered = Scorer(model).respond(csv_of(models.NUMBERS)).body.decode().split()
    assert [line.split(",")[0] for line in answered] == list(fitted.predict(models.NUMBERS))
    expected = fitted.predict_proba(models.NUMBERS)[:, 1]
    assert [float(line.split(",")[1]) for line in answered] == pytest.approx(expected, abs=1e-5)


def test_the_positive_class_is_the_one_that_the_file_names() -> None:
    fitted, model = models.two_classes(classes='["apple", "pear"]', positive="apple")
    (line,) = Scorer(model).respond(csv_of(models.NUMBERS[:1])).body.decode().split()
    expected = fitted.predict_proba(models.NUMBERS[:1])[0, 0]
    assert float(line.split(",")[1]) == pytest.approx(expected, abs=1e-5)


def test_of_more_classes_the_score_is_that_of_the_predicted() -> None:
    fitted, model = models.three_classes()
    body = json.dumps({"instances": [{"features": list(row)} for row in models.NUMBERS]})
    answered = Scorer(model).respond(Payload(body=body.encode(), content_type=JSON))
    predictions = json.loads(answered.body)["predictions"]
    assert [one["predicted_label"] for one in predictions] == fitted.predict(
        models.NUMBERS
    ).tolist()
    expected = fitted.predict_proba(models.NUMBERS).max(axis=1)
    assert [one["score"] for one in predictions] == pytest.approx(expected, abs=1e-5)


def test_a_regression_answers_with_a_number() -> None:
    fitted, model = models.numbers()
    answered = Scorer(model).respond(csv_of(models.NUMBERS)).body.decode().split()
    assert list(map(float, answered)) == pytest.approx(fitted.predict(models.NUMBERS), abs=1e-4)


def test_features_come_by_name_in_any_order_and_are_answered_in_another_type() -> None:
    fitted, model = models.named()
    lines = '{"shape": "a", "width": 2}\n{"features": [3, "b"]}'
    asked = Payload(body=lines.encode(), content_type=JSON_LINES, accept="text/csv")
    answered = Scorer(model).respond(asked)
    assert answered.content_type == CSV
    rows = np.array([[2.0, "a"], [3.0, "b"]], dtype=object)
    labels = [line.split(",")[0] for line in answered.body.decode().split()]
    assert labels == list(fitted.predict(rows))


@pytest.mark.parametrize(
    ("payload", "status", "told"),
    [
        (Payload(body=b"1,2,3", content_type=CSV), 400, "row 1 has 3 columns; expected 2"),
        (Payload(body=b"1,a\nx,a", content_type=CSV), 400, r"row 2, column 1 \(width\) is 'x'"),
        (Payload(body=b"1e999,a", content_type=CSV), 400, "expected a number"),
        (Payload(body=b"", content_type=CSV), 400, "holds no rows"),
        (Payload(body=b"\xff", content_type=CSV), 400, "is not UTF-8"),
        (Payload(body=b'"1', content_type=CSV), 400, "is not CSV"),
        (Payload(body=b"1,a", content_type="image/png"), 415, "expected one of text/csv"),
        (Payload(body=b"1,a", content_type=CSV, accept="image/png"), 406, "Accept got"),
        (Payload(body=b"[1]", content_type=JSON), 400, 'no list "instances"'),
        (Payload(body=b"{", content_type=JSON), 400, "is not JSON"),
        (Payload(body=b'{"instances": [1]}', content_type=JSON), 400, "row 1 is a int"),
        (Payload(body=b'{"instances": [{"features": 1}]}', content_type=JSON), 400, "not a list"),
        (Payload(body=b'{"instances": [{"width": 1}]}', content_type=JSON), 400, "missing shape"),
        (Payload(body=b'{"width": 1, "shape": [1]}', content_type=JSON_LINES), 400, "column 2"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(payload: Payload, status: int, told: str) -> None:
    _, model = models.named()
    with pytest.raises(RequestRefused, match=told) as refused:
        Scorer(model).respond(payload)
    assert refused.value.status == status
