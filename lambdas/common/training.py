"""What one step of the training state machine tells the next."""

from typing import Any

from pydantic import Field

from lambdas.common.request import Payload
from terrace.gate import Measured

ENDINGS = (".parquet", ".csv")  # of training sets, in any case


class HeldOut(Payload):
    """The rows of a training set that the job does not get."""

    uri: str
    rows: int
    rule: str  # which rows, in words


class TrainingSet(Payload):
    """The exact bytes that a model is trained on."""

    uri: str
    version_id: str | None
    sha256: str
    rows: int
    channel_uri: str  # the folder with the copy that the job reads
    held_out: HeldOut | None = None


class Job(Payload):
    """What the training job is created from."""

    name: str
    image: str
    role_arn: str
    instance_type: str
    volume_size_gb: int
    max_runtime_seconds: int
    hyperparameters: dict[str, str]
    output_uri: str
    kms_key_id: str


class Search(Payload):
    """What the tuning job is created from, in SageMaker's shapes; beside what is in `Job`."""

    name: str
    config: dict[str, Any]
    metric_definitions: list[dict[str, str]]


class Plan(Payload):
    """Validate's answer: what is trained, on what, and how."""

    model: str
    run: str
    data: TrainingSet
    code_version: str
    reason: str = "asked for by hand"  # why it is trained
    requested_by: str = "unknown"  # who asked for it, by ARN
    job: Job
    search: Search | None = None  # of hyperparameters, by a tuning job


class Evaluation(Measured):
    """Evaluate's answer: how good the trained model is, and where its parts are."""

    evaluation_uri: str
    sample_uri: str
    training_job: str = "unknown"
    # The winner's, where there was a search.
    hyperparameters: dict[str, str] = Field(default_factory=dict)
    trials_uri: str | None = None
    artifact_uri: str
    artifact_sha256: str
    features_uri: str
    predictions_uri: str | None


class Baseline(Payload):
    """Baseline's answer: where the baseline of each monitor is, its files by name."""

    folder_uri: str
    files: dict[str, dict[str, str]]
    data: tuple[str, ...] = ()  # what is new in the data, in words


class Sample(Payload):
    """A request and the model's own answer to it, for the smoke test."""

    content_type: str
    request: str
    response: str
