"""Captured traffic, the window without drift, the window with it, and who is told."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from examples.demo import data
from examples.demo.operator import Operator, waited_for
from examples.demo.stage import Stage

pytestmark = pytest.mark.local

REAL = Path(__file__).parents[2] / "data/data_capture/01_csv_churn_endpoint.jsonl"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def captured(serving: Operator, mills: dict[str, Path]) -> list[dict[str, Any]]:
    """The records of normal traffic, once they are captured."""
    bodies = list(data.requests(mills["north-mill"], "normal"))
    for body in bodies:
        assert len(serving.invoke(body).splitlines()) == len(body.splitlines())
    return serving.captured_records(len(bodies))


def keys(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from keys(inner, f"{path}.{key}")
    else:
        yield path


def this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def test_a_captured_record_has_exactly_the_shape_of_a_real_one(
    captured: list[dict[str, Any]],
) -> None:
    real = json.loads(REAL.read_text().splitlines()[0])
    record = captured[0]
    assert list(keys(record)) == list(keys(real))
    assert record["captureData"]["endpointInput"]["encoding"] == "CSV"
    assert record["eventVersion"] == real["eventVersion"]
    datetime.strptime(record["eventMetadata"]["inferenceTime"], "%Y-%m-%dT%H:%M:%S%z")


def test_captured_files_lie_where_sagemaker_puts_them(
    serving: Operator, captured: list[dict[str, Any]]
) -> None:
    prefix = f"tool-wear/capture/{serving.names.endpoint}/AllTraffic/"
    for key in serving.captured():
        assert key.startswith(prefix)
        hour = "/".join(key.removeprefix(prefix).split("/")[:4])
        datetime.strptime(f"{hour} +0000", "%Y/%m/%d/%H %z")


def test_a_window_of_normal_traffic_is_not_violated(
    serving: Operator, captured: list[dict[str, Any]]
) -> None:
    found = serving.check("data-quality", this_hour() - HOUR, this_hour() + HOUR)
    assert found["records"] == sum(
        len(record["captureData"]["endpointInput"]["data"].splitlines()) for record in captured
    )
    assert found["violations"] == []


def test_a_window_without_records_is_a_finding(
    serving: Operator, captured: list[dict[str, Any]]
) -> None:
    found = serving.check("data-quality", this_hour() - 30 * HOUR, this_hour() - 29 * HOUR)
    assert found["records"] == 0
    assert len(found["violations"]) == 1


def test_real_drift_is_found_and_reaches_the_subscriber_with_what_to_do(
    stage: Stage, serving: Operator, mills: dict[str, Path], captured: list[dict[str, Any]]
) -> None:
    bodies = list(data.requests(mills["north-mill"], "drifted"))
    for body in bodies:
        serving.invoke(body)
    serving.captured_records(len(captured) + len(bodies))
    found = serving.check("data-quality", this_hour() - HOUR, this_hour() + HOUR)
    drifted = [v for v in found["violations"] if v["check"] == "baseline_drift_check"]
    assert drifted
    assert all(violation["value"] > violation["threshold"] for violation in drifted)
    letter = stage.letter("north-mill", "violat", found["report"])
    worst = max(drifted, key=lambda violation: float(violation["value"]))
    for part in ("north-mill", "tool-wear", worst["feature"], found["report"]):
        assert part in letter


def test_labels_that_arrive_show_what_the_drift_cost(
    stage: Stage, serving: Operator, mills: dict[str, Path], tmp_path: Path
) -> None:
    for place, body in enumerate(data.requests(mills["north-mill"], "drifted")):
        serving.invoke(body, data.inference_id("drifted", place))
    rows = [",".join(row) for row in data.labels(mills["north-mill"], "drifted")]
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(["inference_id,tool_condition", *rows]))
    stage.terrace("ground-truth", "north-mill", "tool-wear", str(path))

    def checked() -> dict[str, Any] | None:
        found = serving.check("model-quality", this_hour() - HOUR, this_hour() + HOUR)
        statistics = json.loads(body_of(serving, found["statistics"]))
        return found if statistics["dataset"]["item_count"] >= len(rows) else None

    found = waited_for("the labelled rows to be captured", checked)
    assert "precision" in {violation["feature"] for violation in found["violations"]}
    assert found["report"] in stage.letter("north-mill", "violat", found["report"])


def test_worse_answers_begin_a_training_by_themselves_and_a_storm_of_them_no_second(
    serving: Operator, captured: list[dict[str, Any]]
) -> None:
    execution = serving.retrained()
    serving.succeeded(execution)
    package = serving.client("sagemaker").describe_model_package(
        ModelPackageName=serving.newest_version()
    )
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    reason = package["CustomerMetadataProperties"]["reason"]
    assert reason.startswith("model-quality found ")
    for _ in range(3):  # each is told on the bus again
        serving.check("model-quality", this_hour() - HOUR, this_hour() + HOUR)

    def waiting() -> str | None:
        item = serving.client("dynamodb").get_item(
            TableName="terrace--north-mill--rollouts",
            Key={"model": {"S": "tool-wear#trainings"}},
        )["Item"]
        return json.loads(item["trainings"]["S"])["waiting"] or None

    assert waited_for("the next training to wait", waiting).startswith("model-quality found ")
    machine = execution.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    states = serving.client("stepfunctions")
    found = states.list_executions(stateMachineArn=machine)["executions"]
    inputs = [
        json.loads(states.describe_execution(executionArn=one["executionArn"])["input"])
        for one in found
    ]
    assert len([given for given in inputs if "reason" in given]) == 1


def test_the_drift_treats_the_layers_unlike(serving: Operator) -> None:
    found = serving.check("bias-drift", this_hour() - HOUR, this_hour() + HOUR)
    assert {violation["check"] for violation in found["violations"]} == {"bias_drift_check"}
    analysis = json.loads(body_of(serving, found["analysis"]))
    assert "Machining_Process" in analysis["post_training_bias_metrics"]["facets"]


def test_the_model_itself_is_explained(serving: Operator) -> None:
    found = serving.check("attribution-drift", this_hour() - HOUR, this_hour() + HOUR)
    analysis = json.loads(body_of(serving, found["analysis"]))
    assert 0 < analysis["terrace"]["ndcg"]["label0"]["value"] <= 1
    assert analysis["terrace"]["explained_rows"] >= 200


def test_a_sensor_that_is_stuck_changes_what_the_model_goes_by(
    stage: Stage, serving: Operator, mills: dict[str, Path], captured: list[dict[str, Any]]
) -> None:
    package = serving.client("sagemaker").describe_model_package(
        ModelPackageName=serving.running_version()
    )
    folder = package["CustomerMetadataProperties"]["baselines_uri"]
    before = json.loads(body_of(serving, f"{folder}/attribution-drift/analysis.json"))
    shap = before["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    names = before["terrace"]["features"]
    sensors = [name for name in sorted(shap, key=shap.__getitem__) if name != "Machining_Process"]
    training = str(mills["north-mill"] / "training.parquet")
    usual = duckdb.read_parquet(training).aggregate(
        ", ".join(f'median("{name}") AS "{name}"' for name in sensors[-12:])
    )
    stuck = dict(zip(map(names.index, usual.columns), usual.fetchall()[0], strict=True))
    known = len(serving.captured_records(0))
    time.sleep(1.1)  # SageMaker notes whole seconds
    start = datetime.now(UTC)
    bodies = [frozen(body, stuck) for body in data.requests(mills["north-mill"], "normal")]
    for body in bodies:
        serving.invoke(body)
    serving.captured_records(known + len(bodies))
    found = serving.check("attribution-drift", start, this_hour() + HOUR)
    checks = [violation["check"] for violation in found["violations"]]
    assert checks == ["feature_attribution_drift_check"], body_of(serving, found["analysis"])
    assert found["report"] in stage.letter("north-mill", "violat", found["report"])


def frozen(body: str, values: dict[int, float]) -> str:
    """Rows with the same values at some places."""
    rows = [line.split(",") for line in body.splitlines()]
    for row in rows:
        for place, value in values.items():
            row[place] = str(value)
    return "\n".join(",".join(row) for row in rows) + "\n"


def body_of(operator: Operator, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bytes(operator.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def test_the_reports_lie_in_the_tenants_bucket_in_sagemakers_format(
    serving: Operator, captured: list[dict[str, Any]]
) -> None:
    found = serving.check("data-quality", this_hour() - HOUR, this_hour() + HOUR)
    bucket, _, key = found["report"].removeprefix("s3://").partition("/")
    assert bucket == serving.bucket
    body = serving.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert set(json.loads(body)) >= {"violations"}


def test_the_monitors_figures_are_in_cloudwatch(
    serving: Operator, captured: list[dict[str, Any]]
) -> None:
    serving.check("data-quality", this_hour() - HOUR, this_hour() + HOUR)

    def named() -> set[str] | None:
        found = serving.client("cloudwatch").list_metrics(Namespace="Terrace")["Metrics"]
        return {metric["MetricName"] for metric in found} or None

    assert {"Records", "Violations"} <= waited_for("metrics", named)


def test_one_tenants_traffic_reaches_that_tenants_bucket_alone(
    serving: Operator, south: Operator, captured: list[dict[str, Any]]
) -> None:
    assert captured
    buckets = serving.client("s3").list_buckets()["Buckets"]
    others = {bucket["Name"] for bucket in buckets} - {serving.bucket}
    assert south.bucket in others
    for bucket in others:
        listed = serving.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
        assert not [item["Key"] for item in listed if serving.names.endpoint in item["Key"]]
