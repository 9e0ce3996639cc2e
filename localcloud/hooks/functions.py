"""Lambda: who executes the code of a Python function."""

from collections.abc import Callable
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

# (configuration, zip of the code, event, request id) -> (result, error or None, log)
Execute = Callable[[dict[str, Any], bytes, Any, str], tuple[Any, dict[str, Any] | None, str]]


def execute_python_with(execute: Execute) -> None:
    """Lets `execute` run the functions whose runtime is Python; others stay with MiniStack.

    It is called on a worker thread. Its error, where it gives one, is Lambda's error document
    (`errorType`, `errorMessage`, `stackTrace`).
    """
    warm = lambda_svc._execute_function_warm

    def run(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        config = function.get("config") or function
        code = function.get("code_zip")
        if not code or not config.get("Runtime", "").startswith("python"):
            return dict(warm(function, event, request_id))
        result, error, log = execute(config, code, event, request_id)
        if error is not None:
            return {"body": error, "error": True, "log": log}
        return {"body": result, "log": log}

    lambda_svc._execute_function_warm = run


def role_credentials(config: dict[str, Any]) -> dict[str, str]:
    """The credentials of a function's own role, as environment variables."""
    return dict(lambda_runtime.execution_credentials(config))
