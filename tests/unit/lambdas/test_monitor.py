"""The monitor on captured traffic of a model of two features, `speed` and `state`."""

import json
from datetime import timedelta

import pytest

from lambdas.common.objects import ObjectRefused
from lambdas.common.watch import UnknownMonitor
from lambdas.monitor.found import fitting
from lambdas.monitor.handler import handler
from terrace.monitor import Violation

from .conftest import BUCKET, MODEL, Cloud, Context
from .watched import (
    DRIFTED,
    END,
    NORMAL,
    START,
    Heard,
    asked,
    capture,
    record,
    running,
)


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
    report = json.loads(cloud.get(f"{folder}/constraint_violations.json"))
    assert report["violations"] == []
    assert report["terrace"]["compared"]["count"] == report["terrace"]["compared"]["of"] == 2
    assert answer["compared"] == "2 of 2 features compared"
    assert report["terrace"]["ledger"] == {
        "captured": 300, "observed": 300, "set_aside": 0, "late": 0, "duplicates": 0,
        "unclaimed": 0,
    }  # fmt: skip
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
    distances = {line["Feature"]: line["Value"][0] for line in lines if "Value" in line}
    assert distances["speed"] == pytest.approx(drift["value"])


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
