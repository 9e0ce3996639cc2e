"""Tuning jobs: trials that really train, the best of them, and what becomes of bad ones."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, eventually
from tests.local.test_sagemaker_training import EVERYTHING, bucket, image, role

__all__ = ["bucket", "image"]

pytestmark = pytest.mark.local

LOSS = {"Name": "loss", "MinValue": "0.1", "MaxValue": "0.9", "ScalingType": "Linear"}


def tuned(cloud: Cloud, image: str, bucket: str, **told: Any) -> dict[str, Any]:
    """A tuning job, once it has ended."""
    name = f"tune-{uuid.uuid4().hex[:12]}"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/data/"}
    config = {
        "Strategy": told.pop("strategy", "Bayesian"),
        "HyperParameterTuningJobObjective": {
            "Type": told.pop("goal", "Minimize"),
            "MetricName": "loss",
        },
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": told.pop("ranges", {"ContinuousParameterRanges": [LOSS]}),
        "RandomSeed": 7,
    }
    definition: dict[str, Any] = {
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+);"}],
        },
        "StaticHyperParameters": told,
        "RoleArn": role(cloud, EVERYTHING),
        "InputDataConfig": [{"ChannelName": "training", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/jobs"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }  # fmt: skip
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig=config,
        TrainingJobDefinition=definition,
    )

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = sagemaker.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        )
        return None if found["HyperParameterTuningJobStatus"] == "InProgress" else found

    found: dict[str, Any] = eventually(ended)
    return found


def trials(cloud: Cloud, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.client(
        "sagemaker"
    ).list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)[
        "TrainingJobSummaries"
    ]
    return found


@pytest.mark.parametrize(("goal", "best"), [("Minimize", min), ("Maximize", max)])
def test_trials_really_train_and_the_best_is_named(
    cloud: Cloud, image: str, bucket: str, goal: str, best: Any
) -> None:
    found = tuned(cloud, image, bucket, goal=goal)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Completed"] == 4
    tried = {
        one["TrainingJobName"]: one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        for one in trials(cloud, found["HyperParameterTuningJobName"])
    }
    assert len(set(tried.values())) == 4
    assert all(0.1 <= value <= 0.9 for value in tried.values())
    winner = found["BestTrainingJob"]
    assert tried[winner["TrainingJobName"]] == best(tried.values())
    job = cloud.client("sagemaker").describe_training_job(TrainingJobName=winner["TrainingJobName"])
    assert job["HyperParameters"]["loss"] == winner["TunedHyperParameters"]["loss"]
    assert job["TuningJobArn"] == found["HyperParameterTuningJobArn"]
    key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{bucket}/")
    assert cloud.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"]


def test_a_job_whose_every_trial_fails_says_so(cloud: Cloud, image: str, bucket: str) -> None:
    found = tuned(cloud, image, bucket, fail="the data have no label")
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert "All training jobs failed" in found["FailureReason"]
    assert found["TrainingJobStatusCounters"]["NonRetryableError"] == 4
    reasons = [one["FailureReason"] for one in trials(cloud, found["HyperParameterTuningJobName"])]
    assert all("the data have no label" in reason for reason in reasons)


def test_a_grid_ends_when_every_point_was_tried(cloud: Cloud, image: str, bucket: str) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "loss", "Values": ["0.5", "0.2", "0.3"]}]}
    found = tuned(cloud, image, bucket, strategy="Grid", ranges=ranges)
    assert found["TrainingJobStatusCounters"]["Completed"] == 3
    assert found["BestTrainingJob"]["TunedHyperParameters"] == {"loss": "0.2"}


def test_a_strategy_that_is_not_known_here_is_named(cloud: Cloud, image: str, bucket: str) -> None:
    with pytest.raises(ClientError, match="strategy Hyperband"):
        tuned(cloud, image, bucket, strategy="Hyperband")
