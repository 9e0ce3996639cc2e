"""Lambda: who runs a function, what counts its runs, who queues what nobody waits for."""

import contextvars
import json
import time
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from localcloud.hooks import figures

Record = dict[str, Any]
# (function's configuration, its zip, event, request id) -> what MiniStack makes its answer of
Run = Callable[[Record, bytes, Any, str], Record]

# Set by who has a request id of its own to give: the same for each retry of an event.
request_id: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    "localcloud_request_id", default=None
)


def run_with(runs: Callable[[Record], bool], run: Run) -> None:
    """Lets `run` execute the functions whose configuration `runs` tells it to.

    Each execution counts once in the metrics of AWS/Lambda, whoever asked for it.
    """
    dispatch, execute = lambda_svc._execute_function_dispatch, lambda_svc._execute_function
    count = lambda_svc._emit_lambda_metrics

    def dispatch_ours(func: Record, config: Record, event: Any, given_id: str,
                      started: float) -> Record:  # fmt: skip
        known_id = request_id.get() or given_id
        begun = time.monotonic()
        if runs(config) and func.get("code_zip"):
            result = run(config, func["code_zip"], event, known_id)
        else:
            result = dispatch(func, config, event, known_id, started)
        milliseconds = (time.monotonic() - begun) * 1000
        failed = bool(result.get("error"))
        count(config["FunctionName"], milliseconds, error=failed, throttle=False)
        _count_of_version(config, milliseconds, failed=failed)
        return result

    def execute_counted(func: Record, event: Any) -> Record:
        result: Record = execute(func, event)
        if result.get("throttle"):
            name = (func.get("config") or func)["FunctionName"]
            count(name, 0.0, error=False, throttle=True)
        return result

    lambda_svc._execute_function_dispatch = dispatch_ours
    lambda_svc._execute_function = execute_counted
    lambda_svc._emit_lambda_metrics = lambda *_args, **_kwargs: None


def check_sizes() -> None:
    """Lets CloudFormation refuse the sizes that CreateFunction and UpdateFunctionCode refuse.

    Raises, in CloudFormation's handlers:
        ValueError: Code and layers are larger together than Lambda allows.
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    for name in ("create", "update"):
        handlers[name] = _with_size_checked(handlers[name])


def _with_size_checked(provision: Callable[..., Any]) -> Callable[..., Any]:
    def provisioned(*arguments: Any, **options: Any) -> Any:
        before = dict(lambda_svc._functions.items())
        result = provision(*arguments, **options)
        func = lambda_svc._functions.get(result[0]) or {}
        layers = (func.get("config") or {}).get("Layers")
        if refused := lambda_svc._validate_total_unzipped_size(func.get("code_zip"), layers):
            if result[0] in before:
                lambda_svc._functions[result[0]] = before[result[0]]
            else:
                del lambda_svc._functions[result[0]]
            raise ValueError(json.loads(refused[2])["message"])
        return result

    return provisioned


def _count_of_version(config: Record, milliseconds: float, *, failed: bool) -> None:
    """The same for the version that answered, where it was asked for by an alias."""
    name, _, alias = config.get("FunctionArn", "").partition(":function:")[2].partition(":")
    if not alias or alias == "$LATEST" or alias.isdigit():
        return
    version = {"ExecutedVersion": config["Version"]}
    dimensions = {"FunctionName": name, "Resource": f"{name}:{alias}"} | version
    for metric, value, unit in (
        ("Invocations", 1.0, "Count"),
        ("Errors", float(failed), "Count"),
        ("Duration", milliseconds, "Milliseconds"),
    ):
        figures.put("AWS/Lambda", metric, value, dimensions, unit=unit)


def queue_with(enqueue: Callable[[Record, Any], None]) -> None:
    """Lets `enqueue(record, event)` take every asynchronous invocation."""
    lambda_svc.invoke_async_with_retry = enqueue


def role_of(name: str) -> str:
    """The ARN of a function's execution role; empty where there is no such function."""
    record, config, _name = lambda_svc._get_func_record_for_ref(name)
    return str((config or {}).get("Role", "")) if record else ""


def policy_of(name: str) -> dict[str, Any]:
    """The resource policy of a function, by its name or ARN; empty where there is none."""
    name = name.partition(":function:")[2].partition(":")[0] or name
    return dict((lambda_svc._functions.get(name) or {}).get("policy") or {})


def enqueue(record: Record, event: Any) -> None:
    """Invokes a function without waiting for it."""
    lambda_svc.invoke_async_with_retry(record, event)


def find(reference: str) -> Record | None:
    """The record of a function, a version or an alias by its ARN, ready to be executed."""
    func, config, _name = lambda_svc._get_func_record_for_ref(reference)
    if not func or not config:
        return None
    record = lambda_svc._execution_record_for_config(func, config)
    return dict(record | {"config": config | {"FunctionArn": reference}})


def execute(record: Record, event: Any, known_id: str) -> Record:
    """Executes a function now, under a request id, and returns its result."""
    token = request_id.set(known_id)
    try:
        result: Record = lambda_svc._execute_function_with_config_scope(record, event)
    finally:
        request_id.reset(token)
    return result


def event_invoke_config(config: Record) -> Record:
    """How asynchronous invocations of a function (or version, or alias) are handled."""
    name, _, qualifier = config["FunctionArn"].partition(":function:")[2].partition(":")
    func = lambda_svc._functions.get(name) or {}
    return dict(lambda_svc._event_invoke_config(func, qualifier or None) or {})


def layer_zip(attachment: Any) -> bytes | None:
    """The content of an attached layer, also where its version was deleted since."""
    found: bytes | None = lambda_svc._resolve_layer_zip(attachment)
    return found
