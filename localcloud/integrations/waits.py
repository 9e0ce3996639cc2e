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
    """How to follow one kind of job."""

    describe: str
    stop: str
    name: str
    status: str
    succeeded: str = "Completed"
    failed: tuple[str, ...] = ("Failed", "Stopped")


def _job(kind: str) -> Wait:
    return Wait(
        describe=f"describe{kind}", stop=f"stop{kind}", name=f"{kind}Name", status=f"{kind}Status"
    )


WAITS = {
    ("sagemaker", "createTrainingJob"): _job("TrainingJob"),
    ("sagemaker", "createProcessingJob"): _job("ProcessingJob"),
    ("sagemaker", "createTransformJob"): _job("TransformJob"),
    ("sagemaker", "createHyperParameterTuningJob"): _job("HyperParameterTuningJob"),
    ("states", "startExecution"): Wait(
        describe="describeExecution",
        stop="stopExecution",
        name="ExecutionArn",
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
    which = {wait.name: known[wait.name]}
    while True:
        found = call(wait.describe, which)
        status = found[wait.status]
        if status in wait.failed:
            raise TaskFailure("States.TaskFailed", json.dumps(found))
        if status == wait.succeeded:
            break
        if abandoned():
            with contextlib.suppress(TaskFailure):
                call(wait.stop, which)
            raise TaskFailure("States.Timeout", f"nobody waits for {known[wait.name]} any more")
        time.sleep(min(_POLL_AT_MOST, clock.wall_seconds(_POLL_SECONDS)))
    if parsed and "Output" in found:
        found["Output"] = json.loads(found["Output"])
    return found
