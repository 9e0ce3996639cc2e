"""`terrace batch-capture`: a transform job's manifests as captured records."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import Result
from moto import mock_aws
from typer.testing import CliRunner

from terrace import dataset
from terrace.batch import InvalidData, Layout
from terrace.cli import app

ID, TIME = "1f1d57b1-2e6f-488c-8c30-db4e6d757861", "2026-08-30T00:49:15Z"
CAPTURED = "s3://jobs/captured"


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="jobs")

        def put(key: str, content: str) -> None:
            s3.put_object(Bucket="jobs", Key=key, Body=content.encode())

        def manifest(side: str, prefix: str, *names: str) -> None:
            told = [{"prefix": f"s3://jobs/{prefix}/"}, *names]
            put(f"captured/{side}/2026/08/30/00/{side}.json", json.dumps(told))

        put.manifest = manifest  # type: ignore[attr-defined]
        yield put


def captured(output: Path, destination: str = CAPTURED) -> Result:
    told = ["batch-capture", destination, "-o", str(output)]
    return CliRunner().invoke(app, told, catch_exceptions=False)


def test_rows_are_joined_with_their_answers_ids_and_times(put: Any, tmp_path: Path) -> None:
    put.manifest("input", "in", "a.csv", "b.csv")
    put.manifest("output", "out", "b.csv.out", "a.csv.out")
    put("in/a.csv", "1.5,on\n2.5,off\n")
    put("in/b.csv", "3.5,on\n")
    put("out/a.csv.out", f"worn,0.9,{ID},{TIME}\nunworn,0.1,{ID[:-1]}2,{TIME}\n")
    put("out/b.csv.out", "worn,0.8\n")
    output = tmp_path / "captured.jsonl"

    assert "3 records of 2 inputs" in captured(output).output

    found = [json.loads(line) for line in output.read_text().splitlines()]
    assert [record["eventMetadata"]["eventId"] for record in found] == [
        ID, f"{ID[:-1]}2", "s3://jobs/in/b.csv#1",
    ]  # fmt: skip
    assert found[0]["eventMetadata"]["inferenceTime"] == TIME
    layout = Layout(features=("speed", "state"), outputs=("predicted", "score"))
    rows = [
        row for batch in dataset.batches(str(output), layout) for row in batch.relation.fetchall()
    ]
    assert rows == [
        ("1.5", "on", "worn", "0.9"), ("2.5", "off", "unworn", "0.1"), ("3.5", "on", "worn", "0.8"),
    ]  # fmt: skip


def test_json_lines_carry_id_and_time_as_members(put: Any, tmp_path: Path) -> None:
    put.manifest("input", "in", "a.jsonl")
    put.manifest("output", "out", "a.jsonl.out")
    put("in/a.jsonl", '{"speed": 1.5}\n')
    answer = {"predicted": "worn", "SageMakerInferenceId": ID, "SageMakerInferenceTime": TIME}
    put("out/a.jsonl.out", json.dumps(answer) + "\n")
    output = tmp_path / "captured.jsonl"
    captured(output)
    (record,) = map(json.loads, output.read_text().splitlines())
    assert record["eventMetadata"] == {"eventId": ID, "inferenceTime": TIME}
    assert json.loads(record["captureData"]["endpointOutput"]["data"]) == {"predicted": "worn"}


def test_what_does_not_belong_together_is_told(put: Any, tmp_path: Path) -> None:
    output = tmp_path / "captured.jsonl"
    with pytest.raises(InvalidData, match="expected s3://"):
        captured(output, "jobs")
    with pytest.raises(InvalidData, match="no manifests below input/"):
        captured(output)
    put("captured/input/x.json", "{}")
    with pytest.raises(InvalidData, match="expected a manifest"):
        captured(output)
    put.manifest("input", "in", "a.csv")
    boto3.client("s3").delete_object(Bucket="jobs", Key="captured/input/x.json")
    with pytest.raises(InvalidData, match=r"no output a\.csv\.out"):
        captured(output)
    put.manifest("output", "out", "a.csv.out")
    put("in/a.csv", "1\n2\n")
    put("out/a.csv.out", "worn\n")
    with pytest.raises(InvalidData, match="another number of rows"):
        captured(output)
    with pytest.raises(InvalidData, match="cannot be read"):
        captured(output, "s3://nobody/x")
