"""The training state machine: from a training set to a version that waits for approval.

    Validate -> Train -> Evaluate -> Baseline -> Gate -> Register -> TellRegistered

The gate's refusal and every error have an ending of their own, and each ending tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.states import (
    State,
    States,
    caught,
    choice,
    expression,
    invoke,
    machine,
    remember,
    retried,
    tell,
)
from terrace.events import TrainingFailed, VersionRefused, VersionRegistered

FUNCTIONS = ("validate", "evaluate", "baseline", "gate", "register")

_STEP_SECONDS = 900  # the longest that Lambda lets a function run
_TIMEOUT_SECONDS = 30 * 24 * 3600  # the longest training job takes 28 days
_EXECUTION = expression("$states.context.Execution.Id")


@dataclass(frozen=True, kw_only=True)
class Training:
    """What the training state machine works with."""

    tenant: str
    event_bus: str
    functions: Mapping[str, str]  # ARNs by name

    def definition(self) -> dict[str, Any]:
        """The state machine."""
        states = self._steps() | self._endings()
        for state in self._steps():
            if states[state]["Type"] == "Task":
                states[state]["Catch"] = [caught("TellFailed")]
        return machine(
            "Begin",
            states,
            comment=f"Trains, measures and registers a version of a model of {self.tenant}.",
            seconds=_TIMEOUT_SECONDS,
        )

    def _steps(self) -> States:
        run = {"model": expression("$model"), "run": expression("$plan.run")}
        return {
            # First of all, so that a failure can tell whose model it is about.
            "Begin": remember(
                {
                    "model": expression(
                        '$type($states.input.model) = "string" ? $states.input.model : "unknown"'
                    )
                },
                "Validate",
            ),
            "Validate": self._invoke(
                "validate",
                expression(
                    '$merge([$states.input, {"execution": $states.context.Execution.Name}])'
                ),
                assign="plan",
                then="Train",
            ),
            "Train": _train(then="Evaluate"),
            "Evaluate": self._invoke(
                "evaluate",
                run | {"training_job": expression("$training_job")},
                assign="evaluation",
                then="Baseline",
            ),
            "Baseline": self._invoke(
                "baseline",
                run | {"features_uri": expression("$evaluation.features_uri")},
                assign="baseline",
                then="Gate",
            ),
            "Gate": self._invoke(
                "gate",
                {"model": expression("$model"), "metrics": expression("$evaluation.metrics")},
                assign="gate",
                then="Passed",
            ),
            "Passed": choice("$gate.passed", "Register", "TellRefused"),
            "Register": self._invoke(
                "register",
                run
                | {
                    "plan": expression("$plan"),
                    "evaluation": expression("$evaluation"),
                    "baseline": expression("$baseline"),
                    "execution": _EXECUTION,
                },
                assign="registered",
                then="TellRegistered",
            ),
        }

    def _endings(self) -> States:
        about = {"tenant": self.tenant, "model": expression("$model"), "execution": _EXECUTION}
        version = {
            "model_package_arn": expression("$registered.model_package_arn"),
            "version": expression("$registered.version"),
        }
        registered = about | version | {"metrics": expression("$evaluation.metrics")}
        refused = about | {"reasons": expression("[$gate.reasons]")}
        failed = about | {"error": expression("$error"), "cause": expression("$cause")}
        return {
            "TellRegistered": tell(self.event_bus, VersionRegistered, registered)
            | {"Output": _output(version), "End": True},
            "TellRefused": tell(self.event_bus, VersionRefused, refused) | {"Next": "Refused"},
            "Refused": {
                "Type": "Fail",
                "Error": "GateRefused",
                "Cause": expression('$join([$gate.reasons], "; ")'),
            },
            # The execution fails with the first error, also where telling of it fails.
            "TellFailed": tell(self.event_bus, TrainingFailed, failed)
            | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}], "Next": "Failed"},
            "Failed": {
                "Type": "Fail",
                "Error": expression("$error"),
                "Cause": expression("$cause"),
            },
        }

    def _invoke(self, function: str, payload: Any, *, assign: str, then: str) -> State:
        state = invoke(self.functions[function], payload, seconds=_STEP_SECONDS, assign=assign)
        return state | {"Next": then}


def _output(version: Mapping[str, str]) -> dict[str, Any]:
    kept = ("model", "plan", "evaluation", "baseline")
    return {name: expression(f"${name}") for name in kept} | dict(version)


def _train(*, then: str) -> State:
    """The training job, whose end the state waits for."""
    channel = {
        "ChannelName": "training",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": expression("$plan.data.uri"),
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "Arguments": {
            "TrainingJobName": expression("$plan.job.name"),
            "AlgorithmSpecification": {
                "TrainingImage": expression("$plan.job.image"),
                "TrainingInputMode": "File",
            },
            "RoleArn": expression("$plan.job.role_arn"),
            "InputDataConfig": [channel],
            "OutputDataConfig": {
                "S3OutputPath": expression("$plan.job.output_uri"),
                "KmsKeyId": expression("$plan.job.kms_key_id"),
            },
            # Without a key of its own the volume has one of the job's: instance types with
            # local disks refuse a job that names one.
            "ResourceConfig": {
                "InstanceCount": 1,
                "InstanceType": expression("$plan.job.instance_type"),
                "VolumeSizeInGB": expression("$plan.job.volume_size_gb"),
            },
            "StoppingCondition": {
                "MaxRuntimeInSeconds": expression("$plan.job.max_runtime_seconds")
            },
            "HyperParameters": expression("$plan.job.hyperparameters"),
            # The image needs nothing but its channel, so it gets no network.
            "EnableNetworkIsolation": True,
        },
        "TimeoutSeconds": _TIMEOUT_SECONDS,
        "Retry": [
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
        "Next": then,
    }
