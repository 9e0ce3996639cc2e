"""`terrace ground-truth`: a table of labels becomes SageMaker's records in the tenant's bucket."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from terrace.batch import InvalidData
from terrace.cli import app
from terrace.cli.choosing import UnknownModel

BUCKET = "terrace--north-mill--123456789012-eu-central-1"
SETTINGS = str(Path(__file__).parents[2] / "terrace.yaml")


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        where = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        yield


def uploaded(*arguments: str) -> list[dict[str, object]]:
    done = CliRunner().invoke(app, ["ground-truth", *arguments, "--settings", SETTINGS])
    if done.exception:
        raise done.exception
    s3 = boto3.client("s3")
    [item] = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert item["Key"].startswith("tool-wear/ground-truth/20")
    body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read().decode()
    assert item["Key"] in done.output
    return [json.loads(line) for line in body.splitlines()]


def test_labels_become_sagemakers_ground_truth_records(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text('inference_id,tool_condition\none,worn\ntwo,\nthree,"un,worn"\n')
    first, second = uploaded("north-mill", "tool-wear", str(table))
    assert first == {
        "groundTruthData": {"data": "worn", "encoding": "CSV"},
        "eventMetadata": {"eventId": "one"},
        "eventVersion": "0",
    }
    assert second["groundTruthData"] == {"data": '"un,worn"', "encoding": "CSV"}


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("event,seen\none,1\n")
    names = ("--id", "event", "--label", "seen")
    [record] = uploaded("north-mill", "tool-wear", str(table), *names)
    assert record["groundTruthData"] == {"data": "1", "encoding": "CSV"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,tool_condition\none,worn\n", "no column 'inference_id'"),
        ("inference_id,worn\none,worn\n", "no column 'tool_condition'"),
        ("inference_id,tool_condition\none,worn\n,worn\n", "row 2 has no 'inference_id'"),
    ],
)
def test_a_table_without_ids_or_labels_is_told(tmp_path: Path, text: str, told: str) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(text)
    with pytest.raises(InvalidData, match=told):
        uploaded("north-mill", "tool-wear", str(table))
    assert boto3.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.parametrize(
    ("tenant", "model", "told"),
    [("nobody", "tool-wear", "no tenant 'nobody'"), ("north-mill", "x", "no model 'x'")],
)
def test_an_unknown_model_is_told(tmp_path: Path, tenant: str, model: str, told: str) -> None:
    with pytest.raises(UnknownModel, match=told):
        uploaded(tenant, model, str(tmp_path / "labels.csv"))
