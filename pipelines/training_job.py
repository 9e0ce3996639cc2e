"""The states of the training state machine that train: a training job, or a search by several."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipelines.states import State, call, expression, retried

TIMEOUT_SECONDS = 30 * 24 * 3600  # the longest training job takes 28 days

VpcConfig = Mapping[str, Sequence[str]]

_CHANNEL = {
    "ChannelName": "training",
    "DataSource": {
        "S3DataSource": {
            "S3DataType": "S3Prefix",
            "S3Uri": expression("$plan.data.channel_uri"),
            "S3DataDistributionType": "FullyReplicated",
        }
    },
}

# Everything that differs from run to run is in the plan, which the validate function made.
_ALGORITHM = {"TrainingImage": expression("$plan.job.image"), "TrainingInputMode": "File"}
_DEFINITION = {
    "AlgorithmSpecification": _ALGORITHM,
    "RoleArn": expression("$plan.job.role_arn"),
    "InputDataConfig": [_CHANNEL],
    "OutputDataConfig": {
        "S3OutputPath": expression("$plan.job.output_uri"),
        "KmsKeyId": expression("$plan.job.kms_key_id"),
    },
    # Without a key of its own the volume has one of the job's: instance types with local disks
    # refuse a job that names one.
    "ResourceConfig": {
        "InstanceCount": 1,
        "InstanceType": expression("$plan.job.instance_type"),
        "VolumeSizeInGB": expression("$plan.job.volume_size_gb"),
    },
    "StoppingCondition": {"MaxRuntimeInSeconds": expression("$plan.job.max_runtime_seconds")},
    # The image needs nothing but its channel, so it gets no network.
    "EnableNetworkIsolation": True,
}

# Throttling, for which SageMaker has no name of its own here.
_FAULTS = ["SageMaker.AmazonSageMakerException", "SageMaker.SdkClientException"]

_AWAITED: Final[State] = {
    "Type": "Task",
    "TimeoutSeconds": TIMEOUT_SECONDS,
    "Retry": [retried(_FAULTS, seconds=10, attempts=3)],
}

# What later steps need of a job, out of its description; without hyperparameters it names none.
_TRAINED = {
    "training_job": {
        "TrainingJobName": expression("$states.result.TrainingJobName"),
        "ModelArtifacts": expression("$states.result.ModelArtifacts"),
        "HyperParameters": expression(
            "$exists($states.result.HyperParameters) ? $states.result.HyperParameters : {}"
        ),
    }
}


def train(vpc_config: VpcConfig | None) -> State:
    """The state of one training job.

    Args:
        vpc_config: `Subnets` and `SecurityGroupIds` of the tenant's network, where it has one.
    """
    job = {
        "TrainingJobName": expression("$plan.job.name"),
        "HyperParameters": expression("$plan.job.hyperparameters"),
    }
    return _AWAITED | {
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "Arguments": _within(vpc_config) | job,
        "Assign": _TRAINED,
    }


def tune(vpc_config: VpcConfig | None) -> State:
    """The state of one tuning job, whose trials are training jobs.

    Args:
        vpc_config: As for `train`.
    """
    searched = {
        "AlgorithmSpecification": _ALGORITHM
        | {"MetricDefinitions": expression("[$plan.search.metric_definitions]")},
        "StaticHyperParameters": expression("$plan.job.hyperparameters"),
    }
    return _AWAITED | {
        "Resource": "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync",
        "Arguments": {
            "HyperParameterTuningJobName": expression("$plan.search.name"),
            "HyperParameterTuningJobConfig": expression("$plan.search.config"),
            "TrainingJobDefinition": _within(vpc_config) | searched,
        },
        "Assign": {"best": expression("$states.result.BestTrainingJob.TrainingJobName")},
    }


def best() -> State:
    """The state that looks up the trial that won."""
    return call(
        "aws-sdk:sagemaker:describeTrainingJob", {"TrainingJobName": expression("$best")}
    ) | {"Assign": _TRAINED}


def _within(vpc_config: VpcConfig | None) -> dict[str, Any]:
    return _DEFINITION | ({"VpcConfig": vpc_config} if vpc_config else {})
