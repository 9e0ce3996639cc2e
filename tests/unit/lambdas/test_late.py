"""Records that come after their window was checked are added to it, each once."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from lambdas.monitor.handler import handler

from .conftest import BUCKET, MODEL, Cloud, Context
from .watched import DRIFTED, NORMAL, NOW, Heard, capture, record, running

# Three full hours that are over; each is checked by the run at its end.
HOURS = [NOW.replace(minute=0, second=0) - timedelta(hours=back) for back in range(4, 1, -1)]


def ran(end: datetime) -> dict[str, Any]:
    """A run of an hourly schedule, which checks the hour that ended five minutes before."""
    fired = end + timedelta(minutes=5)
    event = {"model": MODEL, "monitor": "data-quality", "time": f"{fired:%Y-%m-%dT%H:%M:%SZ}"}
    return handler(event, Context())


def hour(n: int) -> datetime:
    return HOURS[n]


def rows(lines: list[str], n: int) -> list[str]:
    return [record(line, hour(n) + timedelta(minutes=30)) for line in lines]


def folder(n: int) -> str:
    start, end = hour(n), hour(n) + timedelta(hours=1)
    return (
        f"s3://{BUCKET}/tool-wear/monitoring/data-quality/{start:%Y/%m/%d/%H}/"
        f"{start:%Y%m%dT%H%M%SZ}--{end:%Y%m%dT%H%M%SZ}"
    )


def report(cloud: Cloud, n: int) -> dict[str, Any]:
    found = json.loads(cloud.get(f"{folder(n)}/constraint_violations.json"))
    assert isinstance(found, dict)
    return found


def counts(cloud: Cloud, n: int) -> dict[str, int]:
    """The ledger's figures, and the rows of the statistics beside them."""
    ledger: dict[str, int] = report(cloud, n)["terrace"]["ledger"]
    assert ledger["captured"] == ledger["observed"] + ledger["set_aside"]
    statistics = json.loads(cloud.get(f"{folder(n)}/statistics.json"))
    assert statistics["dataset"]["item_count"] == ledger["observed"]
    return ledger


@pytest.fixture
def watched(cloud: Cloud) -> Cloud:
    """A model of which the first hour was checked, with three hundred normal records."""
    running(cloud, since=HOURS[0] - timedelta(days=2))
    capture(cloud, rows(NORMAL, 0), "first", hour(0))
    assert ran(hour(0) + timedelta(hours=1))["records"] == 300
    capture(cloud, rows(NORMAL, 1), "second", hour(1))
    return cloud


def test_an_object_that_comes_hours_late_is_added_to_its_window_which_is_judged_again(
    watched: Cloud, heard: Heard
) -> None:
    capture(watched, rows(DRIFTED * 2, 0), "late", hour(0))
    answer = ran(hour(1) + timedelta(hours=1))
    assert answer["records"] == 300
    [late] = answer["late"]
    assert (late["records"], late["late_records"]) == (900, 600)
    found = counts(watched, 0)
    assert (found["captured"], found["late"]) == (900, 600)
    assert report(watched, 0)["violations"]
    [event] = heard
    assert event["detail"]["window"]["start"] == f"{hour(0):%Y-%m-%dT%H:%M:%SZ}"
    assert "600 of these came after" in watched.get(f"{folder(0)}/report.html").decode()


def test_what_was_added_is_not_added_again_by_the_next_run(watched: Cloud, heard: Heard) -> None:
    capture(watched, rows(NORMAL[:50], 0), "late", hour(0))
    ran(hour(1) + timedelta(hours=1))
    answer = ran(hour(2) + timedelta(hours=1))
    assert answer["late"] == []
    assert counts(watched, 0)["captured"] == 350
    assert counts(watched, 1)["captured"] == 300


def test_the_same_run_tried_again_adds_nothing_twice(watched: Cloud, heard: Heard) -> None:
    capture(watched, rows(NORMAL[:50], 0), "late", hour(0))
    for _ in range(3):
        assert ran(hour(1) + timedelta(hours=1))["records"] == 300
    assert counts(watched, 0) | {"unclaimed": 0} == counts(watched, 0)
    assert counts(watched, 0)["captured"] == 350


def test_an_object_that_comes_twice_is_counted_once(watched: Cloud) -> None:
    capture(watched, rows(NORMAL, 0), "first", hour(0))  # the same key, the same content
    capture(watched, rows(NORMAL, 0), "copy", hour(0))  # the same content, another key
    ran(hour(1) + timedelta(hours=1))
    found = counts(watched, 0)
    assert (found["captured"], found["duplicates"], found["late"]) == (300, 300, 0)


def test_a_copy_within_one_window_is_counted_once_and_reported(watched: Cloud) -> None:
    capture(watched, rows(NORMAL, 1), "third", hour(1))
    assert ran(hour(1) + timedelta(hours=1))["records"] == 300
    assert counts(watched, 1)["duplicates"] == 300
    assert b"300 records came once more" in watched.get(f"{folder(1)}/report.html")


def test_an_object_that_was_written_anew_takes_the_place_of_what_it_was(watched: Cloud) -> None:
    capture(watched, rows(NORMAL[:200], 0), "first", hour(0))
    ran(hour(1) + timedelta(hours=1))
    assert counts(watched, 0)["captured"] == 200
    capture(watched, rows(NORMAL[:250], 0), "first", hour(0))
    ran(hour(2) + timedelta(hours=1))
    found = counts(watched, 0)
    assert (found["captured"], found["late"]) == (250, 50)


def test_records_that_are_filed_hours_later_are_added_to_the_window_of_their_time(
    watched: Cloud,
) -> None:
    ran(hour(1) + timedelta(hours=1))
    old = rows(NORMAL[:40], 0)
    capture(watched, [*old, *rows(NORMAL[:10], 2)], "late", hour(2))
    answer = ran(hour(2) + timedelta(hours=1))
    assert answer["records"] == 10
    assert [late["late_records"] for late in answer["late"]] == [40]
    assert counts(watched, 0)["captured"] == 340
    assert counts(watched, 2)["unclaimed"] == 0


def test_an_object_that_comes_while_the_check_runs_is_added_by_the_next_run(
    watched: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lambdas.common import observation

    read = observation.capture.read

    def and_then_one_comes(*told: Any) -> Any:
        capture(watched, rows(NORMAL[:30], 1), "meanwhile", hour(1))
        return read(*told)

    with monkeypatch.context() as patched:
        patched.setattr(observation.capture, "read", and_then_one_comes)
        assert ran(hour(1) + timedelta(hours=1))["records"] == 300
    ran(hour(2) + timedelta(hours=1))
    found = counts(watched, 1)
    assert (found["captured"], found["late"]) == (330, 30)


def test_late_lines_that_are_no_rows_are_set_aside_with_those_before(watched: Cloud) -> None:
    capture(watched, ["garbage", *rows(NORMAL[:5], 0), "more garbage"], "late", hour(0))
    ran(hour(1) + timedelta(hours=1))
    found = counts(watched, 0)
    assert (found["captured"], found["observed"], found["set_aside"]) == (307, 305, 2)
    lines = watched.get(f"{folder(0)}/quarantine.jsonl").decode().splitlines()
    assert len(lines) == 2


def test_records_of_a_time_that_no_window_has_are_reported(watched: Cloud) -> None:
    old = [record(row, hour(0) - timedelta(days=40)) for row in NORMAL[:7]]
    capture(watched, [*old, *rows(NORMAL[:1], 1)], "odd", hour(1))
    ran(hour(1) + timedelta(hours=1))
    assert counts(watched, 1)["unclaimed"] == 7
    page = watched.get(f"{folder(1)}/report.html").decode()
    assert "7 records of its objects are of no window" in page


def test_the_sum_of_a_day_has_what_came_late(watched: Cloud) -> None:
    capture(watched, rows(NORMAL[:50], 0), "late", hour(0))
    ran(hour(1) + timedelta(hours=1))
    day = {"start": hour(0).isoformat(), "end": (hour(1) + timedelta(hours=1)).isoformat()}
    asked = {"model": MODEL, "monitor": "data-quality", "window": day, "from_states": True}
    assert handler(asked, Context())["records"] == 650
