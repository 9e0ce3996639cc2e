"""Step Functions: who looks at what passes from state to state, and at an execution's history."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ministack.services import stepfunctions

from localcloud.hooks.states import TaskFailure

# (an input or a result, what it is) raises TaskFailure
CheckData = Callable[[Any, str], None]
# (all events so far) raises TaskFailure
CheckHistory = Callable[[Sequence[Mapping[str, Any]]], None]
_STATES = ("pass", "task", "choice", "wait", "parallel", "map")


def check_with(check_data: CheckData, check_history: CheckHistory) -> None:
    """Lets both refuse, which ends the execution or is caught as the error's name allows."""
    for kind in _STATES:
        name = f"_execute_{kind}"
        setattr(stepfunctions, name, _checked(getattr(stepfunctions, name), check_data))
    stepfunctions._invoke_resource = _checked_task(stepfunctions._invoke_resource, check_data)
    _check_events(check_history)


def _checked(execute: Callable[..., Any], check: CheckData) -> Callable[..., Any]:
    def execute_checked(state: Any, given: Any, *more: Any) -> Any:
        _raise_as_states(check, given, "The input of the state")
        output, following = execute(state, given, *more)
        _raise_as_states(check, output, "The output of the state")
        return output, following

    return execute_checked


def _checked_task(invoke: Callable[..., Any], check: CheckData) -> Callable[..., Any]:
    def invoke_checked(resource: str, arguments: Any) -> Any:
        _raise_as_states(check, arguments, f"The input of the task {resource}")
        result = invoke(resource, arguments)
        _raise_as_states(check, result, f"The result of the task {resource}")
        return result

    return invoke_checked


def _check_events(check: CheckHistory) -> None:
    add = stepfunctions._add_event

    def add_checked(execution: Any, event_type: str, details: Any = None) -> Any:
        if not event_type.startswith("Execution"):
            try:
                check(execution["events"])
            except TaskFailure as failure:
                raise stepfunctions._ExecutionError(failure.error, failure.cause) from failure
        return add(execution, event_type, details)

    stepfunctions._add_event = add_checked


def _raise_as_states(check: CheckData, value: Any, what: str) -> None:
    try:
        check(value, what)
    except TaskFailure as failure:
        raise stepfunctions._ExecutionError(failure.error, failure.cause) from failure
