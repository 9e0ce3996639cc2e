"""Step Functions: who performs a task, with whose rights, and how fast time runs."""

import contextvars
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ministack.services import stepfunctions

Perform = Callable[[str, Any, str], Any]
# AWS lets no retrier or catcher have these but by name.
_TERMINAL = {"States.Runtime", "States.DataLimitExceeded"}


@dataclass(frozen=True, kw_only=True)
class _Task:
    role_arn: str
    execution: dict[str, Any]
    timed_out: threading.Event = field(default_factory=threading.Event)


_task: contextvars.ContextVar[_Task] = contextvars.ContextVar("localcloud_task")


class TaskFailure(Exception):
    """A task that ended with an error, as `Retry` and `Catch` see it."""

    def __init__(self, error: str, cause: str) -> None:
        self.error, self.cause = error, cause
        super().__init__(f"{error}: {cause}")


def abandoned() -> bool:
    """Whether nobody waits for the task that is being performed: it timed out or was stopped."""
    task = _task.get()
    return task.timed_out.is_set() or task.execution["status"] != "RUNNING"


def wait_with(wall_seconds: Callable[[float], float]) -> None:
    """Lets `wall_seconds` say how long Wait states and the pauses before retries take."""
    stepfunctions._scaled_sleep = lambda seconds: time.sleep(max(wall_seconds(seconds), 0))


def perform_tasks_with(perform: Perform) -> None:
    """Lets `perform(resource, arguments, role_arn)` do what a Task state's resource names.

    It is called on a thread of the execution's own and raises `TaskFailure`. Activities stay
    with MiniStack: nobody's rights are used to enqueue them.
    """
    invoke_activity = stepfunctions._invoke_resource

    def invoke(resource: str, arguments: Any) -> Any:
        if ":activity:" in resource:
            return invoke_activity(resource, arguments)
        try:
            return perform(resource, arguments, _task.get().role_arn)
        except TaskFailure as failure:
            raise stepfunctions._ExecutionError(failure.error, failure.cause) from failure

    def invoke_with_callback(resource: str, arguments: Any, token: str, state: Any) -> Any:
        return _invoke_with_callback(invoke, resource, arguments, token, state)

    stepfunctions._invoke_resource = invoke
    stepfunctions._invoke_with_callback = invoke_with_callback
    _know_the_role()
    _notice_timeouts()
    _keep_terminal_errors()


def _know_the_role() -> None:
    """Keeps the role of the state machine (or of a tried state) at hand for its tasks."""
    execute_task, test_state = stepfunctions._execute_task, stepfunctions._test_state

    def execute(state: Any, given: Any, execution: Any, context: Any) -> Any:
        # A child of a distributed Map, a version and an alias have more after the machine's name.
        arn = ":".join(execution["stateMachineArn"].partition("/")[0].split(":")[:7])
        machine = stepfunctions._state_machines[arn]
        token = _task.set(_Task(role_arn=machine["roleArn"], execution=execution))
        try:
            return execute_task(state, given, execution, context)
        finally:
            _task.reset(token)

    def test(data: Any) -> Any:
        trial = _Task(role_arn=data.get("roleArn", ""), execution={"status": "RUNNING"})
        token = _task.set(trial)
        try:
            return test_state(data)
        finally:
            _task.reset(token)

    stepfunctions._execute_task = execute
    stepfunctions._test_state = test


def _notice_timeouts() -> None:
    invoke_in_time = stepfunctions._invoke_resource_with_timeout

    def invoke(resource: str, arguments: Any, seconds: float) -> Any:
        try:
            return invoke_in_time(resource, arguments, seconds)
        except stepfunctions._ExecutionError as error:
            if error.error == "States.Timeout":
                _task.get().timed_out.set()
            raise

    stepfunctions._invoke_resource_with_timeout = invoke


def _keep_terminal_errors() -> None:
    matches = stepfunctions._error_matches

    def error_matches(names: list[str], error: str) -> bool:
        return error in names if error in _TERMINAL else bool(matches(names, error))

    stepfunctions._error_matches = error_matches


def _invoke_with_callback(
    invoke: Callable[[str, Any], Any], resource: str, arguments: Any, token: str, state: Any
) -> Any:
    """Performs the task, then waits for SendTaskSuccess or SendTaskFailure."""
    called = threading.Event()
    waiting: dict[str, Any] = {"event": called, "result": None, "error": None, "heartbeat": None}
    stepfunctions._task_tokens[token] = waiting
    try:
        invoke(resource.replace(".waitForTaskToken", ""), arguments)
        if not called.wait(timeout=state.get("TimeoutSeconds", 99_999_999)):
            raise stepfunctions._ExecutionError("States.Timeout", "no answer for the task token")
    finally:
        stepfunctions._task_tokens.pop(token, None)
    if error := waiting["error"]:
        raise stepfunctions._ExecutionError(
            error.get("Error", "States.TaskFailed"), error.get("Cause", "")
        )
    result = waiting["result"]
    return json.loads(result) if isinstance(result, str) else result
