"""The trials of a search for hyperparameters, in one format wherever they were made."""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lambdas.common.aws import client
from lambdas.common.request import Payload
from lambdas.evaluate.archive import InvalidTrainingOutput


class Trial(Payload):
    """One set of hyperparameters that was tried.

    Attributes:
        name: The training job's, or the image's own number.
        status: SageMaker's word for how it ended: `Completed`, `Failed`, `Stopped`.
        objective: What it is compared by; None where it has none.
        reason: Why it failed, where it did.
    """

    name: str
    status: str
    hyperparameters: dict[str, str]
    objective: float | None = None
    reason: str | None = None


_TRIALS = TypeAdapter(list[Trial])


def of_tuning_job(name: str) -> list[Trial]:
    """The trials of a tuning job, in their order."""
    pages = client("sagemaker").get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    found = pages.paginate(HyperParameterTuningJobName=name, SortBy="CreationTime")
    told = [job for page in found for job in page["TrainingJobSummaries"]]
    return sorted(map(_trial, told), key=lambda trial: trial.name)


def of_image(path: Path, uri: str) -> list[Trial]:
    """The trials of a search inside one training job, as the image's `train` wrote them.

    Raises:
        InvalidTrainingOutput: The file is not what the image contract says.
    """
    try:
        return _TRIALS.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidTrainingOutput(
            f"{uri}: trials.json: {where}: {first['msg']}; expected a list of objects with name, "
            "status, hyperparameters and objective"
        ) from error


def dumped(trials: list[Trial]) -> list[dict[str, Any]]:
    """As JSON."""
    return list(_TRIALS.dump_python(trials, mode="json"))


def best(trials: list[Trial], *, highest: bool) -> Trial | None:
    """The one that won; None where none has an objective."""
    measured = [one for one in trials if one.objective is not None]
    pick = max if highest else min
    return pick(measured, key=lambda one: one.objective or 0.0, default=None)


def _trial(job: dict[str, Any]) -> Trial:
    metric = job.get("FinalHyperParameterTuningJobObjectiveMetric", {})
    return Trial(
        name=job["TrainingJobName"],
        status=job["TrainingJobStatus"],
        hyperparameters=job["TunedHyperParameters"],
        objective=metric.get("Value"),
        reason=job.get("FailureReason"),
    )
