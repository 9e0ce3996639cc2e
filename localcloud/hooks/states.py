"""Step Functions: who performs a task, and with whose rights."""

import contextvars
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

Perform = Callable[[str, Any, str], Any]

_role: contextvars.ContextVar[str] = contextvars.ContextVar("localcloud_execution_role")


class TaskFailure(Exception):
    """A task that ended with an error, as `Retry` and `Catch` see it."""

    def __init__(self, error: str, cause: str) -> None:
        self.error, self.cause = error, cause
        super().__init__(f"{error}: {cause}")


def perform_tasks_with(perform: Perform) -> None:
    """Lets `perform(resource, arguments, role_arn)` do what a Task state's resource names.

    It is called on a thread of the execution's own and raises `TaskFailure`. Activities stay
    with MiniStack: nobody's rights are used to enqueue them.
    """
    execute_task = stepfunctions._execute_task
    invoke_resource = stepfunctions._invoke_resource

    def execute(state: Any, given: Any, execution: Any, context: Any) -> Any:
        machine = stepfunctions._state_machines[execution["stateMachineArn"]]
        token = _role.set(machine["roleArn"])
        try:
            return execute_task(state, given, execution, context)
        finally:
            _role.reset(token)

    def invoke(resource: str, arguments: Any) -> Any:
        if ":activity:" in resource:
            return invoke_resource(resource, arguments)
        try:
            return perform(resource, arguments, _role.get())
        except TaskFailure as failure:
            raise stepfunctions._ExecutionError(failure.error, failure.cause) from failure

    def invoke_with_callback(resource: str, arguments: Any, token: str, state: Any) -> Any:
        return _invoke_with_callback(invoke, resource, arguments, token, state)

    stepfunctions._execute_task = execute
    stepfunctions._invoke_resource = invoke
    stepfunctions._invoke_with_callback = invoke_with_callback


def _invoke_with_callback(
    invoke: Callable[[str, Any], Any], resource: str, arguments: Any, token: str, state: Any
) -> Any:
    """Performs the task, then waits for SendTaskSuccess or SendTaskFailure.

    The waiting is an activity's: its queue is left out by handing over a task that is begun.
    """
    import json
    import threading

    called = threading.Event()
    waiting = {"event": called, "result": None, "error": None, "heartbeat": None}
    stepfunctions._task_tokens[token] = waiting
    try:
        invoke(resource.replace(".waitForTaskToken", ""), arguments)
        if not called.wait(timeout=state.get("TimeoutSeconds", 99_999_999)):
            raise stepfunctions._ExecutionError("States.Timeout", "no answer for the task token")
    finally:
        stepfunctions._task_tokens.pop(token, None)
    if waiting["error"]:
        error: Any = waiting["error"]
        raise stepfunctions._ExecutionError(
            error.get("Error", "States.TaskFailed"), error.get("Cause", "")
        )
    result: Any = waiting["result"]
    return json.loads(result) if isinstance(result, str) else result
