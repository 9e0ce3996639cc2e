"""The Runtime API of one worker: it asks for the next event and posts what came of it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import queue
import re
import threading
import time
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from localcloud.config import HOST

_VERSION = "/2018-06-01/runtime"
_POSTED = re.compile(rf"{_VERSION}/invocation/([^/]+)/(response|error)$")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an invocation: the handler's answer, or an error."""

    body: bytes
    is_error: bool = False
    # As the REPORT line shows it, where the worker did not come to an answer.
    status: str | None = None


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One event on its way to a handler."""

    request_id: str
    payload: bytes
    function_arn: str
    timeout_seconds: int
    trace_id: str
    client_context: str | None = None
    # Done when the worker has taken it, and when it has answered.
    taken: threading.Event = field(default_factory=threading.Event)
    outcome: Future[Outcome] = field(default_factory=Future)

    def end(self, outcome: Outcome) -> None:
        """Tells what came of it; what is told later does not count."""
        try:
            self.outcome.set_result(outcome)
        except InvalidStateError:
            return
        finally:
            self.taken.set()

    def headers(self) -> dict[str, str]:
        """As the runtime gets them. The deadline counts from now."""
        deadline = time.time() + self.timeout_seconds
        given = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Lambda-Runtime-Trace-Id": self.trace_id,
        }
        context = self.client_context
        return given | ({"Lambda-Runtime-Client-Context": context} if context else {})


def timed_out(invocation: Invocation, seconds: int) -> Outcome:
    """The worker gave no answer in time."""
    told = f"Task timed out after {seconds}.00 seconds"
    return failure("Sandbox.Timedout", invocation.request_id, told, "timeout")


def exited(invocation: Invocation, how: str) -> Outcome:
    """The worker's process ended before it answered."""
    told = f"Runtime exited with error: {how}"
    return failure("Runtime.ExitError", invocation.request_id, told, "error")


def failure(kind: str, request_id: str, message: str, status: str | None = None) -> Outcome:
    """An error that the service itself reports."""
    body = {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    return Outcome(body=json.dumps(body).encode(), is_error=True, status=status)


class RuntimeApi:
    """Serves one worker, on a port of its own."""

    def __init__(self) -> None:
        self._offered: queue.Queue[Invocation | None] = queue.Queue()
        self._current: Invocation | None = None
        self.ready = threading.Event()
        self.init_error: Outcome | None = None
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """For `AWS_LAMBDA_RUNTIME_API`."""
        return f"{HOST}:{self._server.server_port}"

    def offer(self, invocation: Invocation) -> None:
        """Gives the worker its next event."""
        self._current = invocation
        self._offered.put(invocation)

    def next(self) -> Invocation | None:
        """Waits for the next event; None when the API is closed."""
        self.ready.set()
        invocation = self._offered.get()
        if invocation:
            invocation.taken.set()
        return invocation

    def post(self, request_id: str, outcome: Outcome) -> bool:
        """Takes an answer; False where nobody waits for it (any more)."""
        current = self._current
        if current is None or current.request_id != request_id or current.outcome.done():
            return False
        current.end(outcome)
        return True

    def fail_init(self, outcome: Outcome) -> None:
        """Takes the error with which the handler could not be loaded."""
        self.init_error = outcome
        if self._current:
            self._current.end(outcome)

    def abandon(self, how: str) -> None:
        """Ends the current invocation, because the worker's process has ended."""
        if self._current:
            self._current.end(self.init_error or exited(self._current, how))

    def close(self) -> None:
        """Stops serving."""
        self._offered.put(None)
        threading.Thread(target=self._close, daemon=True).start()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            if self.path != f"{_VERSION}/invocation/next":
                self._answer(404, b"", {})
            elif (invocation := api.next()) is None:
                self.close_connection = True
            else:
                self._answer(200, invocation.payload, invocation.headers())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == f"{_VERSION}/init/error":
                api.fail_init(Outcome(body=body, is_error=True))
                self._answer(202, b"", {})
            elif found := _POSTED.match(self.path):
                outcome = Outcome(body=body, is_error=found.group(2) == "error")
                self._answer(202 if api.post(found.group(1), outcome) else 400, b"", {})
            else:
                self._answer(404, b"", {})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            """Keeps the requests out of the server's log."""

    return Handler
