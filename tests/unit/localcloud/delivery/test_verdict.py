"""What an alarm's datapoints call for: the tables in CloudWatch's documentation, and its events."""

from datetime import UTC, datetime, timedelta

import pytest

from localcloud.delivery.alarms.verdict import Datapoint, Rule, reason, verdict

_NOW = datetime(2019, 10, 2, 17, 0, tzinfo=UTC)
_TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
_STATES = {"A": "ALARM", "O": "OK", "I": "INSUFFICIENT_DATA", "-": None}


def rule(missing: str, periods: int = 3, datapoints: int = 3) -> Rule:
    return Rule(
        threshold=50.0,
        comparison="GreaterThanThreshold",
        periods=periods,
        datapoints=datapoints,
        missing=missing,
    )


def newest_first(drawn: str) -> list[Datapoint]:
    """Datapoints as the documentation draws them, the oldest first: 0, X (breaching) and -."""
    values = {"0": 1.0, "X": 99.5, "-": None}
    return [
        Datapoint(start=_NOW - timedelta(minutes=back + 1), value=values[sign])
        for back, sign in enumerate(reversed(drawn))
    ]


@pytest.mark.parametrize(
    ("drawn", "datapoints", "states"),
    [
        ("0-X-X", 3, "OOOO"),
        ("----0", 3, "OOOO"),
        ("-----", 3, "I-AO"),
        ("0XX-X", 3, "AAAA"),
        ("--X--", 3, "A-AO"),
        ("---X-", 3, "--AO"),
        ("----X", 3, "--AO"),
        ("0-X-X", 2, "AAAA"),
        ("00X0X", 2, "AAAA"),
        ("0-X--", 2, "OOAO"),
        ("----0", 2, "OOAO"),
        ("----X", 2, "A-AO"),
    ],
)
def test_the_states_are_those_of_the_documentation(
    drawn: str, datapoints: int, states: str
) -> None:
    found = [
        verdict(rule(missing, datapoints=datapoints), newest_first(drawn)).state
        for missing in _TREATMENTS
    ]
    assert found == [_STATES[state] for state in states]


def test_the_reason_reads_as_in_a_real_event() -> None:
    once = rule("missing", periods=1, datapoints=1)
    found = verdict(once, newest_first("X"))
    assert reason(once, found, "OK") == (
        "Threshold Crossed: 1 out of the last 1 datapoints [99.5 (02/10/19 16:59:00)] was greater "
        "than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
