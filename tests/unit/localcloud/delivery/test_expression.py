"""Metric math."""

import pytest

from localcloud.delivery.alarms.expression import InvalidExpression, Series, evaluate

METRICS: dict[str, Series] = {"m1": [1.0, None, 0.0], "m2": [4.0, 2.0, 0.0]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 + m2 * 2", [9.0, None, 0.0]),
        ("m1 / m2", [0.25, None, None]),
        ("SUM(METRICS())", [5.0, 2.0, 0.0]),
        ("MAX(m2)", [4.0, 4.0, 4.0]),
        ("FILL(m1, 7)", [1.0, 7.0, 0.0]),
        ("FILL(m1, REPEAT)", [1.0, 0.0, 0.0]),
        ("IF(m2 > 3, 1, 0)", [1.0, 0.0, 0.0]),
        ("m2 > 1 AND m2 < 3", [0.0, 1.0, 0.0]),
        ("m2 ^ 2", [16.0, 4.0, 0.0]),
    ],
)
def test_expressions_are_computed_period_by_period(text: str, expected: Series) -> None:
    assert evaluate(text, METRICS) == expected


@pytest.mark.parametrize("text", ["ANOMALY_DETECTION_BAND(m1)", "m3", "m1 +", "METRICS()"])
def test_what_is_not_known_is_told(text: str) -> None:
    with pytest.raises(InvalidExpression, match="metric math"):
        evaluate(text, METRICS)
