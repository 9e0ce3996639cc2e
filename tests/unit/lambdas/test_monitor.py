"""The monitor on captured traffic of a model of two features, `speed` and `state`."""

import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lambdas.baseline.handler import handler as make_baseline
from lambdas.common.objects import ObjectRefused
from lambdas.common.watch import UnknownMonitor
from lambdas.monitor.found import fitting
from lambdas.monitor.handler import handler
from lambdas.monitor.stored import NoStates
from lambdas.monitor.windows import InvalidWindow
from terrace.monitor import Violation

from .conftest import BUCKET, MODEL, Cloud, Context
from .endpoints import evaluation, registered, serve

Heard = list[dict[str, Any]]

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(minutes=10), NOW + timedelta(minutes=1)
YESTERDAY = NOW - timedelta(days=1)
NORMAL = [f"{number % 100}.5,{'on' if number % 3 else 'off'}" for number in range(300)]
DRIFTED = [f"{number % 100 + 60}.5,{'on' if number % 3 else 'off'}" for number in range(300)]


def asked(**changes: Any) -> dict[str, Any]:
    window = {"start": START.isoformat(), "end": END.isoformat()}
    return {"model": MODEL, "monitor": "data-quality", "window": window} | changes


def running(cloud: Cloud, *, since: datetime = YESTERDAY, baseline: bool = True) -> None:
    """An endpoint whose version was trained on normal rows."""
    cloud.deploy()
    if baseline:
        rows = [row.split(",") for row in NORMAL]
        table = pa.table({"speed": [float(a) for a, _ in rows], "state": [b for _, b in rows]})
        packed = io.BytesIO()
        pq.write_table(table, packed)
        uri = cloud.put("tool-wear/baselines/0/features.parquet", packed.getvalue())
        make_baseline({"model": MODEL, "run": "0", "evaluation": evaluation(uri)}, Context())
    serve(cloud, {"ModelPackageName": registered(cloud)}, since=since)


def record(row: str, time: datetime = NOW) -> str:
    captured = {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": row,
                "encoding": "CSV",
            },
            "endpointOutput": {
                "observedContentType": "text/csv",
                "mode": "OUTPUT",
                "data": "worn,0.5",
                "encoding": "CSV",
            },
        },
        "eventMetadata": {"eventId": "1", "inferenceTime": f"{time:%Y-%m-%dT%H:%M:%SZ}"},
        "eventVersion": "0",
    }
    return json.dumps(captured)


def capture(cloud: Cloud, lines: Iterable[str], name: str = "a", hour: datetime = NOW) -> str:
    folder = f"tool-wear/capture/north--tool-wear/AllTraffic/{hour:%Y/%m/%d/%H}"
    return cloud.put(f"{folder}/{name}.jsonl", "\n".join(lines) + "\n")


def test_an_endpoint_that_is_not_there_yet_is_no_failure_and_no_alert(
    cloud: Cloud, context: Context, heard: Heard
) -> None:
    cloud.deploy()
    answer = handler(asked(), context)
    assert answer["outcome"] == "no endpoint yet"
    assert heard == []
    assert cloud.keys("tool-wear/monitoring/") == []


def test_normal_traffic_violates_nothing_and_leaves_a_report(
    cloud: Cloud, context: Context, heard: Heard
) -> None:
    running(cloud)
    capture(cloud, map(record, NORMAL[:150]), "a")
    capture(cloud, map(record, NORMAL[150:]), "b")

    answer = handler(asked(), context)

    assert (answer["outcome"], answer["records"]) == ("nothing violated", 300)
    assert (answer["violations"], answer["quarantined"], answer["version"]) == ([], 0, 1)
    assert heard == []
    folder = answer["report"].rpartition("/")[0]
    assert json.loads(cloud.get(f"{folder}/constraint_violations.json")) == {"violations": []}
    statistics = json.loads(cloud.get(f"{folder}/statistics.json"))
    assert statistics["dataset"]["item_count"] == 300
    assert json.loads(cloud.get(f"{folder}/state.json"))
    assert cloud.get(f"{folder}/quarantine.jsonl") == b""
    assert folder == (
        f"s3://{BUCKET}/tool-wear/monitoring/data-quality/{START:%Y/%m/%d/%H}/"
        f"{START:%Y%m%dT%H%M%SZ}--{END:%Y%m%dT%H%M%SZ}"
    )


def test_drifted_traffic_is_told_with_value_threshold_and_report(
    cloud: Cloud, context: Context, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    running(cloud)
    capture(cloud, map(record, DRIFTED))

    answer = handler(asked(), context)

    assert answer["outcome"] == "violations found"
    [event] = heard
    assert event["type"] == "ViolationsFound"
    detail = event["detail"]
    assert (detail["tenant"], detail["model"], detail["version"]) == ("north", "tool-wear", 1)
    assert (detail["records"], detail["quarantined"]) == (300, 0)
    assert detail["report"] == answer["report"]
    assert detail["violations"] == answer["violations"]
    assert detail["violation_count"] == len(detail["violations"]) == answer["violation_count"]
    drift = next(v for v in detail["violations"] if v["check"] == "baseline_drift_check")
    assert drift["feature"] == "speed"
    assert drift["value"] > drift["threshold"] == 0.1
    written = json.loads(cloud.get(answer["report"]))["violations"]
    assert "speed" in {violation["feature_name"] for violation in written}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counts = next(line for line in lines if "Violations" in line)
    assert counts["Violations"] == [answer["violation_count"]]
    distances = {line["Feature"]: line["Distance"][0] for line in lines if "Distance" in line}
    assert distances["speed"] == pytest.approx(drift["value"])


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


def test_what_is_no_row_is_set_aside_with_its_address_and_line(
    cloud: Cloud, context: Context, heard: Heard
) -> None:
    running(cloud)
    early = record(NORMAL[0], START - timedelta(seconds=1))
    uri = capture(cloud, [early, "no json", *map(record, NORMAL), record("1,2,3,4")])

    answer = handler(asked(), context)

    assert (answer["records"], answer["quarantined"]) == (300, 2)
    assert heard == []
    folder = answer["report"].rpartition("/")[0]
    lines = cloud.get(f"{folder}/quarantine.jsonl").decode().splitlines()
    aside = [json.loads(line) for line in lines]
    assert {line["path"] for line in aside} == {uri}
    assert sorted(line["line"] for line in aside) == [2, 303]
    assert all(line["reason"] for line in aside)


def test_a_great_share_of_unreadable_records_is_a_violation(
    cloud: Cloud, context: Context, heard: Heard
) -> None:
    running(cloud)
    capture(cloud, [*map(record, NORMAL), *["broken"] * 100])

    handler(asked(), context)

    [event] = heard
    checks = {v["check"]: v for v in event["detail"]["violations"]}
    assert checks["quarantine_check"]["value"] == pytest.approx(0.25)
    assert event["detail"]["quarantined"] == 100


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


def test_a_failure_escapes_and_is_told_once_however_often_lambda_tries(
    cloud: Cloud, context: Context, heard: Heard
) -> None:
    running(cloud, baseline=False)

    for _ in range(3):
        with pytest.raises(ObjectRefused, match=r"statistics\.json does not exist"):
            handler(asked(), context)

    [event] = heard
    assert event["type"] == "MonitorFailed"
    assert event["detail"]["error"] == "ObjectRefused"
    assert "statistics.json" in event["detail"]["cause"]


def test_a_failure_that_cannot_be_told_still_escapes_as_itself(
    cloud: Cloud, context: Context
) -> None:
    running(cloud, baseline=False)
    cloud.client("events").delete_event_bus(Name="terrace--north")
    with pytest.raises(ObjectRefused):
        handler(asked(), context)


def test_a_monitor_that_the_model_has_not_is_told(
    cloud: Cloud, context: Context, heard: Heard
) -> None:
    cloud.deploy(monitors={"data-quality": None})
    with pytest.raises(UnknownMonitor, match="it has none"):
        handler(asked(), context)
    assert [event["type"] for event in heard] == ["MonitorFailed"]


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


def test_an_event_holds_as_many_violations_as_fit_the_first_ones() -> None:
    many = [
        Violation(feature=f"ü{number}", check="c", description="x" * 5000, value=1.0, threshold=0.1)
        for number in range(3000)
    ]

    kept = fitting(many)

    assert [violation.feature for violation in kept] == [f"ü{n}" for n in range(len(kept))]
    size = sum(len(violation.model_dump_json().encode()) + 1 for violation in kept)
    assert 150_000 < size < 230_000


def test_rules_hold_the_message_back_but_never_the_report(
    cloud: Cloud, context: Context, heard: Heard
) -> None:
    running(cloud)
    cloud.deploy(monitors={"data-quality": {"alert": {"consecutive_windows": 2}}})
    capture(cloud, [record(row) for row in DRIFTED])
    times = [END + timedelta(minutes=5 + hours * 60) for hours in (0, 1)]
    first = handler({"model": MODEL, "monitor": "data-quality", "time": f"{times[0]}"}, context)
    assert first["violations"]
    assert first["nobody_told"] == "1 violated windows in a row; expected 2"
    assert json.loads(cloud.get(first["report"]))["violations"]
    assert heard == []
    second = handler({"model": MODEL, "monitor": "data-quality", "time": f"{times[1]}"}, context)
    assert "nobody_told" not in second
    assert [event["type"] for event in heard] == ["ViolationsFound"]


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
