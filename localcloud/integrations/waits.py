"""What a `.sync` task waits for, and what becomes of it when nobody waits any more."""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud import clock
from localcloud.hooks.states import TaskFailure, abandoned

_POLL_SECONDS = 5.0
_POLL_AT_MOST = 0.5  # on the wall clock: what runs here takes seconds, not hours

Call = Callable[[str, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Wait:
    """How to follow one kind of job.

    Attributes:
        names: The parameters that say which job.
        within: The part of the description that is the job's, where it is not the whole.
        tagged: The member of the answer with the ARN whose tags Step Functions lists first, where
            it does.
    """

    describe: str
    stop: str
    names: tuple[str, ...]
    status: str
    within: str = ""
    tagged: str = ""
    succeeded: str = "Completed"
    failed: tuple[str, ...] = ("Failed", "Stopped")


def _job(kind: str) -> Wait:
    return Wait(
        describe=f"describe{kind}",
        stop=f"stop{kind}",
        names=(f"{kind}Name",),
        status=f"{kind}Status",
        # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
        tagged=f"{kind}Arn",
    )


WAITS = {
    ("sagemaker", "createTrainingJob"): _job("TrainingJob"),
    ("sagemaker", "createProcessingJob"): _job("ProcessingJob"),
    ("sagemaker", "createTransformJob"): _job("TransformJob"),
    ("sagemaker", "createHyperParameterTuningJob"): _job("HyperParameterTuningJob"),
    ("emr-serverless", "startJobRun"): Wait(
        describe="getJobRun",
        stop="cancelJobRun",
        names=("ApplicationId", "JobRunId"),
        status="State",
        within="JobRun",
        succeeded="SUCCESS",
        failed=("FAILED", "CANCELLED"),
    ),
    ("states", "startExecution"): Wait(
        describe="describeExecution",
        stop="stopExecution",
        names=("ExecutionArn",),
        status="Status",
        succeeded="SUCCEEDED",
        failed=("FAILED", "TIMED_OUT", "ABORTED"),
    ),
}


def awaited(wait: Wait, known: dict[str, Any], call: Call, *, parsed: bool) -> Any:
    """The description of what a task started, once it has ended.

    A task that timed out or whose execution was stopped stops what it started.

    Args:
        wait: How to follow it.
        known: The task's arguments and the answer to them.
        call: Calls an API of the same service.
        parsed: Whether an execution's output is given as JSON instead of as text.

    Raises:
        TaskFailure: It failed or was stopped; the cause is its description.
    """
    which = {name: known[name] for name in wait.names}
    if wait.tagged:
        call("listTags", {"ResourceArn": known[wait.tagged]})
    while True:
        found = call(wait.describe, which)
        status = (found[wait.within] if wait.within else found)[wait.status]
        if status in wait.failed:
            raise TaskFailure("States.TaskFailed", json.dumps(found))
        if status == wait.succeeded:
            break
        if abandoned():
            with contextlib.suppress(TaskFailure):
                call(wait.stop, which)
            raise TaskFailure(
                "States.Timeout", f"nobody waits for {'/'.join(which.values())} any more"
            )
        time.sleep(min(_POLL_AT_MOST, clock.wall_seconds(_POLL_SECONDS)))
    if parsed and "Output" in found:
        found["Output"] = json.loads(found["Output"])
    return found
