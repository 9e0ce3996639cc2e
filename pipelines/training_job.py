"""The one state of the training state machine that trains: a SageMaker training job, awaited."""

from collections.abc import Mapping, Sequence
from typing import Final

from pipelines.states import State, expression, retried

TIMEOUT_SECONDS = 30 * 24 * 3600  # the longest training job takes 28 days

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
_JOB = {
    "TrainingJobName": expression("$plan.job.name"),
    "AlgorithmSpecification": {
        "TrainingImage": expression("$plan.job.image"),
        "TrainingInputMode": "File",
    },
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
    "HyperParameters": expression("$plan.job.hyperparameters"),
    # The image needs nothing but its channel, so it gets no network.
    "EnableNetworkIsolation": True,
}

_TRAIN: Final[State] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
    "TimeoutSeconds": TIMEOUT_SECONDS,
    "Retry": [
        # Throttling, for which SageMaker has no name of its own here.
        retried(
            ["SageMaker.AmazonSageMakerException", "SageMaker.SdkClientException"],
            seconds=10,
            attempts=3,
        )
    ],
    "Assign": {
        "training_job": {
            "TrainingJobName": expression("$states.result.TrainingJobName"),
            "ModelArtifacts": expression("$states.result.ModelArtifacts"),
        }
    },
}


def train(vpc_config: Mapping[str, Sequence[str]] | None) -> State:
    """The state.

    Args:
        vpc_config: `Subnets` and `SecurityGroupIds` of the tenant's network, where it has one.
    """
    return _TRAIN | {"Arguments": _JOB | ({"VpcConfig": vpc_config} if vpc_config else {})}
