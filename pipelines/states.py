"""The pieces that both state machines are made of."""

from collections.abc import Iterable, Mapping
from typing import Any

from terrace.events import SOURCE, Detail

State = dict[str, Any]
States = dict[str, State]

_SERVICE = "arn:aws:states:::"
CALL_TIMEOUT_SECONDS = 60

# Faults of the road to the function, never of the function: its own errors are not tried again.
_LAMBDA_FAULTS = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
]

# What went wrong, in the words of the one who knows: a function's own message, or SageMaker's or
# EMR's reason for a failed job. Both come wrapped as JSON in the cause.
_CAUSE = r"""(
  $cause := $exists($states.errorOutput.Cause) ? $string($states.errorOutput.Cause) : "";
  $wrapped :=
    $contains($cause, /^[{][\s\S]*"(errorMessage|FailureReason|StateDetails)"[\s\S]*[}]$/);
  $told := $wrapped ? $parse($cause) : {};
  $jobs := [$told.FailureReason, $told.StateDetails, $told.JobRun.StateDetails];
  $words := $append($append([$told.errorMessage], $jobs), [$cause, "no cause was given"]);
  $words[$type($) = "string" and $ != ""][0]
)"""


def expression(text: str) -> str:
    """A JSONata expression, as a field of a state holds it."""
    return f"{{% {text} %}}"


def retried(errors: Iterable[str], *, seconds: int = 2, attempts: int = 5) -> State:
    """A retrier with exponential backoff."""
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": seconds,
        "MaxAttempts": attempts,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }


def invoke(function_arn: str, payload: Any, *, seconds: int, assign: str) -> State:
    """A state that calls a function and keeps its answer in a variable."""
    return {
        "Type": "Task",
        "Resource": f"{_SERVICE}lambda:invoke",
        "Arguments": {"FunctionName": function_arn, "Payload": payload},
        "TimeoutSeconds": seconds,
        "Retry": [retried(_LAMBDA_FAULTS)],
        "Assign": {assign: expression("$states.result.Payload")},
    }


def call(
    action: str, arguments: Mapping[str, Any], *, never_again: Iterable[str] = (), attempts: int = 5
) -> State:
    """A state that calls another AWS service, trying again after every error but those named."""
    # A retrier of no attempts stands first: the first one that matches an error decides.
    refused = [{"ErrorEquals": list(never_again), "MaxAttempts": 0}] if never_again else []
    return {
        "Type": "Task",
        "Resource": f"{_SERVICE}{action}",
        "Arguments": dict(arguments),
        "TimeoutSeconds": CALL_TIMEOUT_SECONDS,
        "Retry": [*refused, retried(["States.TaskFailed", "States.Timeout"], attempts=attempts)],
    }


def tell(event_bus: str, detail: type[Detail], fields: Mapping[str, Any]) -> State:
    """A state that puts an event on the tenant's bus.

    Raises:
        ValueError: The fields are not those of the event.
    """
    expected = set(detail.model_fields)
    if set(fields) != expected:
        raise ValueError(
            f"{detail.detail_type()} got the fields {sorted(fields)}; expected {sorted(expected)}"
        )
    entry = {
        "EventBusName": event_bus,
        "Source": SOURCE,
        "DetailType": detail.detail_type(),
        "Detail": dict(fields),
    }
    return call("events:putEvents", {"Entries": [entry]})


def failing(event_bus: str, detail: type[Detail], fields: Mapping[str, Any]) -> States:
    """The ending `TellFailed`: tells, and fails with the `error` and `cause` that were caught."""
    then = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}], "Next": "Failed"}
    return {
        # The execution fails with the first error, also where telling of it fails.
        "TellFailed": tell(event_bus, detail, fields) | then,
        "Failed": {
            "Type": "Fail",
            "Error": expression("$error"),
            "Cause": expression("$cause"),
        },
    }


def caught(then: str, *, assign: Mapping[str, Any] | None = None) -> State:
    """A catcher of every error, which keeps `error` and `cause` and goes on."""
    kept = {"error": expression("$states.errorOutput.Error"), "cause": expression(_CAUSE)}
    return {"ErrorEquals": ["States.ALL"], "Assign": kept | dict(assign or {}), "Next": then}


def remember(variables: Mapping[str, Any], then: str) -> State:
    """A state that only sets variables."""
    return {"Type": "Pass", "Assign": dict(variables), "Next": then}


def choice(condition: str, then: str, otherwise: str) -> State:
    """A fork in the road."""
    return {
        "Type": "Choice",
        "Choices": [{"Condition": expression(condition), "Next": then}],
        "Default": otherwise,
    }


def machine(start: str, states: States, *, comment: str, seconds: int) -> dict[str, Any]:
    """A whole state machine."""
    return {
        "Comment": comment,
        "QueryLanguage": "JSONata",
        "StartAt": start,
        "TimeoutSeconds": seconds,
        "States": states,
    }
