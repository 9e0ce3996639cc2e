"""When people are told of a violated window."""

from datetime import UTC, datetime, timedelta

from terrace.alerting import Alerting, Past, after

START = datetime(2026, 1, 1, tzinfo=UTC)


def told(rules: Alerting, windows: str, records: int = 100) -> str:
    """A window an hour, x where it is violated; ! where people are told, else -."""
    past, found = Past(), ""
    for place, sign in enumerate(windows):
        end = START + timedelta(hours=place)
        past = after(past, rules, window_end=end, violated=sign == "x", records=records)
        found += "!" if past.told else "-"
    return found


def test_by_default_people_are_told_of_every_violated_window() -> None:
    assert told(Alerting(), ".x.xx") == "-!-!!"


def test_several_windows_in_a_row_may_be_asked_for() -> None:
    assert told(Alerting(consecutive_windows=3), "xx.xxxx.xxx") == "-----!!---!"


def test_after_a_message_there_is_a_pause() -> None:
    assert told(Alerting(cool_down_minutes=120), "xxxxx.x") == "!-!-!-!"
    assert told(Alerting(cool_down_minutes=120), "x...x") == "!---!"


def test_a_window_of_few_records_tells_nobody_but_an_empty_one_does() -> None:
    rules = Alerting(minimum_records=50)
    assert told(rules, "x", records=49) == "-"
    assert told(rules, "x", records=50) == "!"
    assert told(rules, "x", records=0) == "!"


def test_the_reason_is_told() -> None:
    rules = Alerting(consecutive_windows=2)
    past = after(Past(), rules, window_end=START, violated=True, records=1)
    assert past.reason == "1 violated windows in a row; expected 2"


def test_a_window_that_is_tried_again_comes_to_the_same() -> None:
    rules = Alerting(consecutive_windows=2, cool_down_minutes=600)
    past = Past()
    for place in range(2):
        past = after(
            past, rules, window_end=START + timedelta(hours=place), violated=True, records=9
        )
    again = after(past, rules, window_end=START + timedelta(hours=1), violated=True, records=9)
    assert past.told
    assert again == past
    remembered = Past.model_validate_json(past.model_dump_json())
    assert remembered == past
