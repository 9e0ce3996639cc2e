"""One window, observed by one function, by a distributed map, by a process, and by Spark."""

import json
import math
import sys
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from examples.demo import data
from examples.demo.operator import Operator
from examples.demo.stage import Stage
from terrace.cli import app

pytestmark = pytest.mark.local

HOUR = timedelta(hours=1)
KINDS = ("data-quality", "model-quality", "bias-drift", "attribution-drift")
Files = dict[str, Any]


@pytest.fixture(scope="module")
def traffic(stage: Stage, serving: Operator, mills: dict[str, Path], tmp_path_factory: Any) -> Path:
    """Drifted traffic with its labels, and a folder with all of the model's objects."""
    before = len(serving.captured_records(0))
    bodies = list(data.requests(mills["north-mill"], "drifted"))
    for place, body in enumerate(bodies):
        serving.invoke(body, data.inference_id("drifted", place))
    serving.captured_records(before + len(bodies))
    folder: Path = tmp_path_factory.mktemp("engines")
    rows = [",".join(row) for row in data.labels(mills["north-mill"], "drifted")]
    labels = folder / "labels.csv"
    labels.write_text("\n".join(["inference_id,tool_condition", *rows]))
    stage.terrace("ground-truth", "north-mill", "tool-wear", str(labels))
    return downloaded(serving, folder)


def downloaded(operator: Operator, folder: Path) -> Path:
    s3 = operator.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=operator.bucket):
        for item in page["Contents"]:
            path = folder / item["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(operator.bucket, item["Key"], str(path))
    return folder / operator.model


@pytest.fixture(scope="module")
def spark(stage: Stage, serving: Operator) -> Iterator[None]:
    """The tenant's stack with an application of EMR Serverless, which it had not before."""
    deploy = ("deploy", "terrace--north-mill", "--exclusively", "--require-approval", "never")
    dividing = f"{sys.executable} -m tests.local.apps.dividing"
    stage.cdk(*deploy, "--app", dividing, "--output", str(stage.folder / "dividing"))
    assert serving.running_version()
    yield
    stage.cdk(*deploy)
    assert not serving.client("emr-serverless").list_applications()["applications"]


@pytest.fixture
def divided(serving: Operator) -> Iterator[None]:
    """The model, deployed with every window divided: a part an object."""
    ssm, name = serving.client("ssm"), serving.names.parameter
    value = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    changed = json.loads(value)
    for monitor in changed["model"]["monitors"].values():
        monitor["divide_above_mb"] = 0
    ssm.put_parameter(Name=name, Value=json.dumps(changed), Overwrite=True)
    yield
    ssm.put_parameter(Name=name, Value=value, Overwrite=True)


def checked(serving: Operator, kind: str) -> dict[str, Any]:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return serving.check(kind, now - HOUR, now + HOUR)


def files(serving: Operator, answer: dict[str, Any]) -> Files:
    """The report's JSON files by name."""
    s3, found = serving.client("s3"), {}
    for uri in answer.values():
        if str(uri).endswith(".json"):
            key = uri.removeprefix(f"s3://{serving.bucket}/")
            body = s3.get_object(Bucket=serving.bucket, Key=key)["Body"].read()
            found[uri.rpartition("/")[2]] = json.loads(body)
    return found


def by_command(serving: Operator, traffic: Path, kind: str, engine: str, output: Path) -> Files:
    package = serving.client("sagemaker").describe_model_package(
        ModelPackageName=serving.running_version()
    )
    (container,) = package["InferenceSpecification"]["Containers"]
    artifact = traffic / container["ModelDataUrl"].partition("/tool-wear/")[2]
    folder = package["CustomerMetadataProperties"]["baselines_uri"]
    baseline = traffic / folder.partition("/tool-wear/")[2] / kind
    told = ["check", kind, str(traffic / "capture"), "--baseline", str(baseline)]
    told += ["--output", str(output), "--engine", engine]
    if kind in ("model-quality", "bias-drift"):
        told += ["--outputs", "predicted,score", "--ground-truth", str(traffic / "ground-truth")]
    if kind == "attribution-drift":
        told += ["--model", str(model(artifact, output))]
    done = CliRunner().invoke(app, told)
    assert done.exit_code in (0, 2), done.output
    return {path.name: json.loads(path.read_text()) for path in output.glob("*.json")}


def model(artifact: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    with tarfile.open(artifact) as tar:
        member = next(member for member in tar if member.name.endswith(".onnx"))
        content = tar.extractfile(member)
        assert content
        path = folder / "model.onnx"
        path.write_bytes(content.read())
    return path


def same(one: Any, other: Any) -> bool:
    """Whether both are, but for the last digits of sums, which depend on their order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    return bool(one == other)


@pytest.mark.parametrize("kind", KINDS)
def test_a_distributed_map_finds_the_same_as_one_function(
    serving: Operator, traffic: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    whole = checked(serving, kind)
    request.getfixturevalue("divided")
    begun = checked(serving, kind)
    assert begun["outcome"] == "divided"
    assert begun["parts"] > 1
    together = serving.succeeded(begun["execution"])
    assert together["records"] == whole["records"] > 0
    assert same(files(serving, together), files(serving, whole))


@pytest.mark.parametrize("kind", ["model-quality", "attribution-drift"])  # with labels, and a model
@pytest.mark.peers
@pytest.mark.usefixtures("spark")
def test_a_job_on_spark_finds_the_same_as_one_function(
    serving: Operator, traffic: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    whole = checked(serving, kind)
    request.getfixturevalue("divided")
    begun = checked(serving, kind)
    together = serving.succeeded(begun["execution"])
    assert together["records"] == whole["records"] > 0
    assert same(files(serving, together), files(serving, whole))
    history = serving.client("stepfunctions").get_execution_history(executionArn=begun["execution"])
    entered = [event.get("stateEnteredEventDetails", {}).get("name") for event in history["events"]]
    assert "ObserveOnSpark" in entered
    assert "Observe" not in entered


@pytest.mark.parametrize("engine", ["local", pytest.param("spark", marks=pytest.mark.peers)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_command_finds_the_same_as_the_function(
    serving: Operator, traffic: Path, tmp_path: Path, kind: str, engine: str
) -> None:
    found = files(serving, checked(serving, kind))
    by_hand = by_command(serving, traffic, kind, engine, tmp_path / "found")
    assert same(words_aside(by_hand), words_aside(found))


def words_aside(value: Any) -> Any:
    """Without descriptions, which hold rounded figures, and the ledger of a window's objects."""
    if isinstance(value, dict):
        aside = ("description", "ledger")
        return {key: words_aside(part) for key, part in value.items() if key not in aside}
    return [words_aside(part) for part in value] if isinstance(value, list) else value
