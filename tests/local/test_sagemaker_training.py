"""Training jobs: the container contract, how they end, and with whose rights they act."""

import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, eventually
from tests.local.images import pushed
from tests.local.test_cloud_tasks import run, task

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def image(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    return pushed(cloud, tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def bucket(cloud: Cloud) -> Iterator[str]:
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    cloud.client("s3").create_bucket(Bucket=name)
    cloud.client("s3").put_object(Bucket=name, Key="data/a.csv", Body=b"1\n2\n3\n")
    return name


def role(cloud: Cloud, *statements: dict[str, Any]) -> str:
    return cloud.role("sagemaker.amazonaws.com", *statements)


EVERYTHING = allow("s3:*", "logs:*", "ecr:*", "cloudwatch:*")


def started(cloud: Cloud, image: str, bucket: str, arn: str, **told: Any) -> str:
    request = requested(image, bucket, arn) | told
    cloud.client("sagemaker").create_training_job(**request)
    return str(request["TrainingJobName"])


def requested(image: str, bucket: str, arn: str) -> dict[str, Any]:
    """A request for a new job that trains on the bucket's data."""
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/data/"}
    return {
        "TrainingJobName": f"job-{uuid.uuid4().hex[:12]}",
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+);"}],
        },
        "RoleArn": arn,
        "InputDataConfig": [{"ChannelName": "training", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/jobs"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }  # fmt: skip


def ended(cloud: Cloud, name: str) -> dict[str, Any]:
    def described() -> dict[str, Any] | None:
        found: dict[str, Any] = cloud.client("sagemaker").describe_training_job(
            TrainingJobName=name
        )
        running = found["TrainingJobStatus"] in ("InProgress", "Stopping")
        return None if running else found

    found: dict[str, Any] = eventually(described)
    return found


def test_a_job_really_trains_and_leaves_its_artifact(
    cloud: Cloud, image: str, bucket: str, tmp_path: Path
) -> None:
    found = ended(cloud, started(cloud, image, bucket, role(cloud, EVERYTHING)))
    assert found["TrainingJobStatus"] == "Completed"
    key = found["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{bucket}/")
    cloud.client("s3").download_file(bucket, key, str(tmp_path / "model.tar.gz"))
    with tarfile.open(tmp_path / "model.tar.gz") as tar:
        file = tar.extractfile("model.txt")
        assert file is not None
        assert file.read() == b"rows=3"
    (metric,) = found["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("loss", 0.25)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"fail": "the data have no label"}, "the data have no label"),
        ({"crash": "yes"}, "exit code"),
    ],
)
def test_a_job_that_fails_says_why(
    cloud: Cloud, image: str, bucket: str, told: dict[str, str], reason: str
) -> None:
    name = started(cloud, image, bucket, role(cloud, EVERYTHING), HyperParameters=told)
    found = ended(cloud, name)
    assert found["TrainingJobStatus"] == "Failed"
    assert reason.lower() in found["FailureReason"].lower()


def test_a_job_can_be_stopped(cloud: Cloud, image: str, bucket: str) -> None:
    slow = {"seconds": "600"}
    name = started(cloud, image, bucket, role(cloud, EVERYTHING), HyperParameters=slow)
    sagemaker = cloud.client("sagemaker")
    eventually(
        lambda: (
            sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training"
        )
    )
    sagemaker.stop_training_job(TrainingJobName=name)
    assert ended(cloud, name)["TrainingJobStatus"] == "Stopped"


def test_a_job_that_takes_too_long_is_ended(cloud: Cloud, image: str, bucket: str) -> None:
    name = started(
        cloud, image, bucket, role(cloud, EVERYTHING), HyperParameters={"seconds": "600"},
        StoppingCondition={"MaxRuntimeInSeconds": 1},
    )  # fmt: skip
    found = ended(cloud, name)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == (
        "Stopped",
        "MaxRuntimeExceeded",
    )


def test_a_job_whose_role_lacks_a_permission_fails_and_with_it_succeeds(
    cloud: Cloud, image: str, bucket: str
) -> None:
    """A missing permission is found here and not on AWS."""
    without_reading = allow("s3:ListBucket", "s3:PutObject", "logs:*", "ecr:*", "cloudwatch:*")
    arn = role(cloud, without_reading)
    found = ended(cloud, started(cloud, image, bucket, arn))
    assert found["TrainingJobStatus"] == "Failed"
    assert "denied" in found["FailureReason"].lower() or "403" in found["FailureReason"]
    assert ended(cloud, started(cloud, image, bucket, role(cloud, EVERYTHING)))[
        "TrainingJobStatus"
    ] == "Completed"  # fmt: skip


def test_an_image_that_nobody_pushed_is_named(cloud: Cloud, image: str, bucket: str) -> None:
    absent = image.replace(":one", ":two")
    try:
        found = ended(cloud, started(cloud, absent, bucket, role(cloud, EVERYTHING)))
    except ClientError as error:
        told = str(error)
    else:
        assert found["TrainingJobStatus"] == "Failed"
        told = found["FailureReason"]
    assert ":two" in told


@pytest.mark.parametrize(
    ("verbs", "status"),
    [
        (("Create*", "Describe*", "Stop*"), "FAILED"),
        (("Create*", "Describe*", "Stop*", "ListTags"), "SUCCEEDED"),
    ],
)
def test_who_waits_for_a_job_by_a_state_machine_lists_its_tags(
    cloud: Cloud, image: str, bucket: str, verbs: tuple[str, ...], status: str
) -> None:
    arn = role(cloud, EVERYTHING)
    allowed = [f"sagemaker:{verb}" for verb in verbs]
    waiting = cloud.role("states.amazonaws.com", allow(*allowed, "iam:PassRole"))
    resource = "arn:aws:states:::sagemaker:createTrainingJob.sync"
    found = run(cloud, waiting, task(resource, requested(image, bucket, arn)))
    assert found["status"] == status, found.get("cause")
    assert status == "SUCCEEDED" or "sagemaker:ListTags" in found["cause"]
