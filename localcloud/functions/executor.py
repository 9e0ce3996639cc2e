"""From an event to a function's answer: a worker from the pool, its log, its result."""

import base64
import contextvars
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud import access
from localcloud.functions import code, platform
from localcloud.functions.function import Function
from localcloud.functions.logs import Entry, LogWriter
from localcloud.functions.output import Line
from localcloud.functions.pool import Pool, TooManyWorkers
from localcloud.functions.runtime_api import Invocation, Outcome, failure
from localcloud.hooks.services import Answer, Request
from localcloud.packages.distributions import NoBuildForThisMachine
from localcloud.packages.uv import PackagesNotInstalled

MAX_ANSWER_BYTES = 6_291_556
# Why a worker does not start, as the caller is told.
_NOT_STARTED: dict[type[Exception], str] = {
    access.CannotAssume: "AccessDeniedException",
    code.UnreadableCode: "InvalidZipFileException",
    NoBuildForThisMachine: "EmbeddedCloud.NoBuildForThisMachine",
    PackagesNotInstalled: "EmbeddedCloud.PackagesNotInstalled",
}
# What the caller of Invoke says of itself; set while the request is served.
_client_context: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    "localcloud_client_context", default=None
)


def notice_client_context(request: Request) -> Answer | None:
    """Keeps the client context of a request to Lambda for the invocation that it makes."""
    given = request.headers.get("x-amz-client-context")
    _client_context.set(base64.b64decode(given).decode() if given else None)
    return None


def runs(config: Mapping[str, Any]) -> bool:
    """Whether a function's code is Python in a zip; the others stay with MiniStack."""
    is_zip = config.get("PackageType", "Zip") == "Zip"
    return is_zip and str(config.get("Runtime", "")).startswith("python")


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Runs functions."""

    pool: Pool
    log: LogWriter

    def run(self, config: Mapping[str, Any], package: bytes, event: Any, request_id: str
            ) -> dict[str, Any]:  # fmt: skip
        """Runs a function once; the result is in the shape that MiniStack's callers read."""
        function = Function.of(config, package)
        invocation = Invocation(
            request_id=request_id,
            payload=json.dumps(event).encode(),
            function_arn=function.arn,
            timeout_seconds=function.timeout_seconds,
            trace_id=_trace_id(),
            client_context=_client_context.get(),
        )
        try:
            worker = self.pool.acquire(function)
        except TooManyWorkers as error:
            return _throttled(str(error))
        except tuple(_NOT_STARTED) as error:
            outcome = failure(_NOT_STARTED[type(error)], request_id, str(error))
            return _result(outcome, [])
        try:
            ran = worker.run(invocation)
        finally:
            self.pool.release(worker)
        lines = platform.framed(function, invocation, ran)
        self.log.write(Entry(function=function, stream=worker.log_stream, lines=lines))
        return _result(ran.outcome, lines)


def _trace_id() -> str:
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Sampled=0"


def _throttled(why: str) -> dict[str, Any]:
    body = {
        "__type": "TooManyRequestsException",
        "message": f"Rate Exceeded: {why}",
        "Reason": "ConcurrentInvocationLimitExceeded",
        "retryAfterSeconds": "1",
    }
    return {"throttle": True, "error": True, "body": body, "log": ""}


def _result(outcome: Outcome, lines: list[Line]) -> dict[str, Any]:
    log = "\n".join(line.text for line in lines) + "\n"
    if not outcome.is_error and len(outcome.body) > MAX_ANSWER_BYTES:
        body = {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": f"Response payload size ({len(outcome.body)} bytes) exceeded maximum "
            f"allowed payload size ({MAX_ANSWER_BYTES} bytes).",
        }
        return {"body": body, "error": True, "function_error": "Unhandled", "log": log}
    body = json.loads(outcome.body or b"null")
    failed = {"error": True, "function_error": "Unhandled"} if outcome.is_error else {}
    return {"body": body, "log": log} | failed
