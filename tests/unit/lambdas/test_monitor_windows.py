"""Which records a window has: its own, of its hours, or of none."""

from datetime import datetime, timedelta

import pytest

from lambdas.monitor.handler import handler
from lambdas.monitor.stored import NoStates
from lambdas.monitor.windows import InvalidWindow

from .conftest import BUCKET, MODEL, Cloud, Context
from .watched import DRIFTED, END, NORMAL, NOW, START, Heard, asked, capture, record, running


def test_only_records_of_the_window_count(cloud: Cloud, context: Context) -> None:
    running(cloud)
    early = [record(row, START - timedelta(seconds=1)) for row in DRIFTED[:20]]
    late = [record(row, END) for row in DRIFTED[:30]]
    capture(cloud, [*early, *map(record, NORMAL), *late])

    answer = handler(asked(), context)

    assert (answer["records"], answer["outcome"]) == (300, "nothing violated")


def test_two_windows_that_meet_count_each_record_once(cloud: Cloud, context: Context) -> None:
    running(cloud)
    middle = NOW - timedelta(minutes=1)
    times = [middle - timedelta(seconds=1), middle, middle + timedelta(seconds=1)]
    # SageMaker files an object under the hour of its first record.
    capture(cloud, [record(row, time) for row in NORMAL[:50] for time in times], hour=times[0])

    windows = [(START, middle), (middle, END)]
    answers = [
        handler(asked(window={"start": a.isoformat(), "end": b.isoformat()}), context)
        for a, b in windows
    ]

    assert [answer["records"] for answer in answers] == [50, 100]


def test_a_window_without_records_on_a_running_endpoint_is_a_finding(
    cloud: Cloud, context: Context, heard: Heard
) -> None:
    running(cloud)

    answer = handler(asked(), context)

    assert answer["records"] == 0
    [event] = heard
    [violation] = event["detail"]["violations"]
    assert violation["check"] == "records_check"


@pytest.mark.parametrize("after_start", [timedelta(minutes=5), timedelta(hours=3)])
def test_a_schedule_waits_for_the_first_records_of_a_new_endpoint(
    cloud: Cloud, context: Context, heard: Heard, after_start: timedelta
) -> None:
    running(cloud, since=NOW - timedelta(hours=1) + after_start)
    event = {"model": MODEL, "monitor": "data-quality", "time": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}

    answer = handler(event, context)

    assert (answer["outcome"], answer["violations"]) == ("no records yet", [])
    assert heard == []


def test_who_asks_for_an_empty_window_is_told_so_even_of_a_new_endpoint(
    cloud: Cloud, context: Context
) -> None:
    running(cloud, since=NOW)
    [violation] = handler(asked(), context)["violations"]
    assert violation["check"] == "records_check"


def test_a_scheduled_run_checks_a_period_whose_records_are_all_written(
    cloud: Cloud, context: Context
) -> None:
    running(cloud)
    ended = NOW - timedelta(minutes=5)
    inside = [record(row, ended - timedelta(seconds=5)) for row in NORMAL]
    capture(cloud, [*inside, record(NORMAL[0], ended)], hour=ended - timedelta(seconds=5))
    event = {"model": MODEL, "monitor": "data-quality", "time": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}

    answer = handler(event, context)

    assert answer["records"] == 300
    start, end = (datetime.fromisoformat(answer["window"][side]) for side in ("start", "end"))
    assert (start, end) == (ended - timedelta(hours=1), ended)


def test_checking_a_window_again_replaces_its_report(cloud: Cloud, context: Context) -> None:
    running(cloud)
    capture(cloud, map(record, NORMAL))
    first = handler(asked(), context)
    keys = cloud.keys("tool-wear/monitoring/")

    assert handler(asked(), context) == first
    assert cloud.keys("tool-wear/monitoring/") == keys


def test_a_window_that_ends_before_it_begins_is_told(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    backwards = {"start": END.isoformat(), "end": START.isoformat()}
    with pytest.raises(InvalidWindow, match="expected an end after the start"):
        handler(asked(window=backwards), context)


def test_a_window_without_a_zone_is_in_utc(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    naive = {"start": "2026-03-01T10:00:00", "end": "2026-03-01T11:00:00"}
    answer = handler(asked(window=naive), context)
    assert answer["window"] == {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T11:00:00Z"}


def test_a_day_is_the_sum_of_its_hours_without_reading_a_record_again(
    cloud: Cloud, context: Context
) -> None:
    running(cloud)
    hour = NOW.replace(minute=0, second=0) - timedelta(hours=3)
    windows = [(hour + timedelta(hours=n), hour + timedelta(hours=n + 1)) for n in range(3)]
    for start, end in windows:
        rows = [record(row, start + timedelta(minutes=1)) for row in NORMAL]
        uri = capture(cloud, rows, name=f"{start:%H}", hour=start)
        told = {"start": start.isoformat(), "end": end.isoformat()}
        assert handler(asked(window=told), context)["records"] == 300
        cloud.client("s3").delete_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"))
    day = {"start": windows[0][0].isoformat(), "end": windows[-1][1].isoformat()}
    found = handler(asked(window=day, from_states=True), context)
    assert (found["records"], found["violations"]) == (900, [])
    again = handler(asked(window=day, from_states=True), context)
    assert again["records"] == 900
    nothing = {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
    with pytest.raises(NoStates, match="expected at least one"):
        handler(asked(window=nothing, from_states=True), context)
