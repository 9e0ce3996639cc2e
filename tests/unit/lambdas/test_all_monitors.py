"""Monitors of predictions, labels and the model itself, behind the functions."""

import json
from typing import Any

import pytest

from lambdas.baseline.handler import NothingPredicted
from lambdas.common.artifact import NoModelFile
from lambdas.monitor.handler import handler

from .conftest import MODEL, Cloud, Context
from .traffic import MONITORS, WINDOW, captured, captured_in_json, labelled, rows, trained


def checked(kind: str) -> dict[str, Any]:
    return handler({"model": MODEL, "monitor": kind, "window": WINDOW}, Context())


@pytest.mark.parametrize("kind", MONITORS)
def test_traffic_like_the_baseline_violates_nothing(cloud: Cloud, kind: str) -> None:
    trained(cloud)
    frame = rows(1)
    captured(cloud, frame)
    labelled(cloud, frame["tool_condition"])
    found = checked(kind)
    assert (found["records"], found["violations"]) == (400, [])


@pytest.mark.parametrize("kind", MONITORS)
def test_each_monitor_finds_what_is_its_own(cloud: Cloud, kind: str) -> None:
    trained(cloud)
    frame = rows(1)
    if kind == "attribution-drift":
        frame["speed"] *= 0.01
        frame["heat"] *= 50
    captured(cloud, frame)
    flipped = frame["tool_condition"].where(frame["speed"] < 0, "unworn")
    labelled(cloud, flipped)
    found = checked(kind)
    assert found["violations"]
    report = json.loads(cloud.get(found["report"]))
    assert report["violations"]


@pytest.mark.parametrize("kind", MONITORS)
def test_nested_json_is_read_where_the_settings_say(cloud: Cloud, kind: str) -> None:
    trained(cloud)
    frame = rows(1)
    captured_in_json(cloud, frame)
    labelled(cloud, frame["tool_condition"])
    assert checked(kind)["records"] == 0
    places = {"features": "body.x", "inference": "out.label", "probability": "out.p"}
    cloud.deploy(monitors=MONITORS, attributes=places)
    found = checked(kind)
    assert (found["records"], found["quarantined"], found["violations"]) == (400, 0, [])


def test_labels_that_did_not_come_yet_are_a_finding_and_corrected_ones_count(
    cloud: Cloud,
) -> None:
    trained(cloud)
    frame = rows(1)
    captured(cloud, frame)
    (violation,) = checked("model-quality")["violations"]
    assert violation["check"] == "labels_check"
    labelled(cloud, frame["predicted"].map({"worn": "unworn", "unworn": "worn"}), "a")
    assert checked("model-quality")["violations"]
    labelled(cloud, frame["tool_condition"], "b")
    assert checked("model-quality")["violations"] == []


def test_a_version_without_predictions_has_no_baseline_of_them(cloud: Cloud) -> None:
    with pytest.raises(NothingPredicted, match="expected one, with label and prediction"):
        trained(cloud, predictions=False)


def test_an_artifact_without_a_model_to_explain_is_told(cloud: Cloud) -> None:
    with pytest.raises(NoModelFile, match=r"holds no file of \.onnx"):
        trained(cloud, suffix="bin")
