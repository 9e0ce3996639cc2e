import hashlib
import io
import json
import tarfile
from typing import Any

import pytest

from lambdas.common.objects import ObjectRefused
from lambdas.evaluate.archive import InvalidTrainingOutput
from lambdas.evaluate.handler import handler

from .conftest import BUCKET, MODEL, Cloud, Context

JOB = "tool-wear/training/jobs/north--tool-wear--0/output"
ARTIFACT = b"the model"
PLAN: dict[str, Any] = {
    "model": MODEL,
    "run": "0123456789ab",
    "code_version": "abc",
    "data": {
        "uri": f"s3://{BUCKET}/tool-wear/training/data/x.csv",
        "version_id": None,
        "sha256": "0" * 64,
        "rows": 3,
        "channel_uri": f"s3://{BUCKET}/tool-wear/training/runs/0123456789ab/",
    },
    "job": {
        "name": "north--tool-wear--0",
        "image": "image",
        "role_arn": "role",
        "instance_type": "ml.m5.large",
        "volume_size_gb": 10,
        "max_runtime_seconds": 60,
        "hyperparameters": {},
        "output_uri": f"s3://{BUCKET}/tool-wear/training/jobs/",
        "kms_key_id": "key",
    },
}
FILES = {
    "predictions/random.csv": b"label,predicted,score\n"
    + b"worn,worn,0.9\n" * 3
    + b"unworn,unworn,0.1\n" * 5
    + b"worn,unworn,0.4\n"
    + b"unworn,worn,0.8\n",
    "predictions/by_experiment.csv": b"label,predicted,score\nworn,unworn,0.3\nunworn,unworn,0.2\n",
    "metrics.json": b'{"random": {"accuracy": 1.0}}',
    "baseline/features.parquet": b"PAR1 features PAR1",
    "sample/request.csv": b"1.0,2.0\n",
    "sample/response.csv": b"worn,0.75\n",
}


def packed(files: dict[str, bytes]) -> bytes:
    """A tar.gz archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return content.getvalue()


def trained(cloud: Cloud, files: dict[str, bytes]) -> dict[str, Any]:
    """A training job's output, and the event that tells of it."""
    cloud.put(f"{JOB}/output.tar.gz", packed(files))
    artifact = cloud.put(f"{JOB}/model.tar.gz", ARTIFACT)
    job = {
        "TrainingJobName": "north--tool-wear--0",
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": artifact},
    }
    return {"model": MODEL, "run": "0123456789ab", "plan": PLAN, "training_job": job}


def test_metrics_come_from_the_predictions_and_not_from_what_the_job_claims(
    cloud: Cloud, context: Context
) -> None:
    answer = handler(trained(cloud, FILES), context)

    assert answer["metrics"]["random"]["accuracy"] == pytest.approx(0.8)
    assert answer["metrics"]["random"]["precision"] == pytest.approx(0.75)
    assert answer["metrics"]["random"]["recall"] == pytest.approx(0.75)
    assert answer["metrics"]["by_experiment"]["accuracy"] == pytest.approx(0.5)
    assert answer["metrics"]["by_experiment"]["mcc"] is None


def test_the_report_is_a_model_quality_report_a_split(cloud: Cloud, context: Context) -> None:
    answer = handler(trained(cloud, FILES), context)

    assert answer["evaluation_uri"] == (
        f"s3://{BUCKET}/tool-wear/evaluations/0123456789ab/evaluation.json"
    )
    report = json.loads(cloud.get(answer["evaluation_uri"]))
    assert set(report) == {"random", "by_experiment"}
    metrics = report["random"]["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(0.8)
    assert metrics["confusion_matrix"]["worn"] == {"worn": 3, "unworn": 1}
    assert report["random"]["dataset"]["item_count"] == 10


def test_the_artifact_is_known_by_its_checksum(cloud: Cloud, context: Context) -> None:
    answer = handler(trained(cloud, FILES), context)

    assert answer["artifact_uri"] == f"s3://{BUCKET}/{JOB}/model.tar.gz"
    assert answer["artifact_sha256"] == hashlib.sha256(ARTIFACT).hexdigest()


def test_sample_and_features_are_kept_for_later_steps(cloud: Cloud, context: Context) -> None:
    answer = handler(trained(cloud, FILES), context)

    assert json.loads(cloud.get(answer["sample_uri"])) == {
        "content_type": "text/csv",
        "request": "1.0,2.0\n",
        "response": "worn,0.75\n",
    }
    assert answer["features_uri"] == (
        f"s3://{BUCKET}/tool-wear/baselines/0123456789ab/features.parquet"
    )
    assert cloud.get(answer["features_uri"]) == FILES["baseline/features.parquet"]


@pytest.mark.parametrize(
    "missing", ["sample/request.csv", "sample/response.csv", "baseline/features.parquet"]
)
def test_a_file_that_the_job_did_not_write_is_told(
    cloud: Cloud, context: Context, missing: str
) -> None:
    files = {name: content for name, content in FILES.items() if name != missing}
    with pytest.raises(InvalidTrainingOutput, match=f"expected {missing}"):
        handler(trained(cloud, files), context)


def test_a_job_without_output_is_told(cloud: Cloud, context: Context) -> None:
    event = trained(cloud, FILES)
    cloud.client("s3").delete_object(Bucket=BUCKET, Key=f"{JOB}/output.tar.gz")
    with pytest.raises(ObjectRefused, match=r"output\.tar\.gz does not exist"):
        handler(event, context)
