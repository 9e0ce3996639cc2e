"""The Embedded Metric Format."""

import json

import pytest

from localcloud.delivery.embedded_metrics import metrics


def event(**changed: object) -> str:
    directive = {
        "Namespace": "Kiln",
        "Dimensions": [["room"], []],
        "Metrics": [{"Name": "Heat", "Unit": "Count"}],
    } | changed
    envelope = {"Timestamp": 2000, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": envelope, "room": "north", "Heat": [3, 4]})


def test_each_value_is_put_once_for_each_set_of_dimensions() -> None:
    found = [(one["value"], one["dimensions"], one["timestamp"]) for one in metrics(event())]
    assert found == [
        (3.0, {"room": "north"}, 2.0),
        (4.0, {"room": "north"}, 2.0),
        (3.0, {}, 2.0),
        (4.0, {}, 2.0),
    ]


def test_a_directive_that_names_what_is_not_there_is_passed_over() -> None:
    assert list(metrics(event(Metrics=[{"Name": "Absent"}]))) == []


def test_other_lines_hold_no_metrics() -> None:
    for line in ("plain", '{"a": 1}', '"_aws"', '{"_aws": {}}'):
        assert list(metrics(line)) == []


@pytest.mark.parametrize("value", ["Größe", "", "  ", "a\nb", "x" * 1025])
def test_a_value_of_a_dimension_that_is_no_printable_ascii_is_passed_over(value: str) -> None:
    document = json.loads(event(Dimensions=[["room"]])) | {"room": value}
    assert list(metrics(json.dumps(document))) == []
