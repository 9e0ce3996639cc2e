"""The Lambda Runtime API, for one environment: hands out invocations and takes the answers."""

import json
import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PREFIX = "/2018-06-01/runtime"


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What the runtime is asked to do."""

    request_id: str
    arn: str
    deadline_ms: int
    event: Any


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the runtime answered; `error` is Lambda's error document."""

    result: Any = None
    error: dict[str, Any] | None = None


class RuntimeApi:
    """A server on loopback that one runtime interface client talks to."""

    def __init__(self) -> None:
        self.invocations: queue.Queue[Invocation | None] = queue.Queue()
        self.outcomes: queue.Queue[Outcome] = queue.Queue()
        self.ready = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            """One request of the client."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """`/invocation/next`: waits until there is something to do."""
                api.ready.set()
                invocation = api.invocations.get()
                if invocation is None:
                    self.close_connection = True
                    return
                body = json.dumps(invocation.event).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Lambda-Runtime-Aws-Request-Id", invocation.request_id)
                self.send_header("Lambda-Runtime-Deadline-Ms", str(invocation.deadline_ms))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", invocation.arn)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                """`/invocation/ID/response`, `/invocation/ID/error` and `/init/error`."""
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path.endswith("/response"):
                    api.outcomes.put(Outcome(result=json.loads(body) if body else None))
                else:
                    api.outcomes.put(Outcome(error=json.loads(body)))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                """Says nothing: the function's log is what counts."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Where the client finds it."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def close(self) -> None:
        """Stops serving."""
        self.invocations.put(None)
        self._server.shutdown()
        self._server.server_close()
