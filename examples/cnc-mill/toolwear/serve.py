"""The endpoint: GET /ping and POST /invocations over HTTP/1.1, from the standard library.

With SAGEMAKER_MULTI_MODEL set it starts without a model, and SageMaker loads some by /models.
"""

import json
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from toolwear.errors import ToolWearError
from toolwear.loaded import Loaded
from toolwear.paths import Folders
from toolwear.payload import Answer, Payload, PayloadError, respond
from toolwear.scoring import Scorer

MAX_BODY_BYTES = 25 * 1024 * 1024  # SageMaker's own limit for a real-time request
_DRAIN_SECONDS = 20  # SageMaker kills thirty seconds after SIGTERM


class ServeError(ToolWearError):
    """The server cannot start."""


class Server(ThreadingHTTPServer):
    """A thread a connection, and a count of requests in flight so that none is cut off."""

    daemon_threads = True  # an idle kept-alive connection must not hold up the end
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], model: Scorer | Loaded) -> None:
        super().__init__(address, Handler)
        self.model = model
        self._idle = threading.Condition()
        self._in_flight = 0

    @contextmanager
    def request_in_flight(self) -> Iterator[None]:
        """Count a request for as long as it is being answered."""
        with self._idle:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._idle:
                self._in_flight -= 1
                self._idle.notify_all()

    def drain(self) -> None:
        """Wait until the requests that were already being answered are."""
        with self._idle:
            self._idle.wait_for(lambda: self._in_flight == 0, timeout=_DRAIN_SECONDS)


class Handler(BaseHTTPRequestHandler):
    """One connection: any number of requests, one after the other."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "tool-wear"
    sys_version = ""
    # Head and body in one packet; otherwise each answer waits 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer /ping; the server only listens once its model is loaded. And tell of models."""
        if self.path == "/ping":
            self._send(HTTPStatus.OK, Answer(content_type="text/plain", body=b""))
        elif self.path == "/invocations":
            self._refuse(PayloadError("GET /invocations, expected POST", 405))
        else:
            self._answer(self._told)

    def do_POST(self) -> None:
        """Answer /invocations, load a model, or answer for one of several."""
        with self.server.request_in_flight():
            self._answer(self._posted)

    def do_DELETE(self) -> None:
        """Unload a model."""
        self._answer(self._unloaded)

    def _answer(self, answer: Callable[[], Answer]) -> None:
        try:
            self._send(HTTPStatus.OK, answer())
        except PayloadError as error:
            self._refuse(error)
        except (ConnectionError, TimeoutError):
            raise  # the caller has gone; nobody is there to be told
        except Exception:
            traceback.print_exc()
            self._refuse(PayloadError("the model failed, see the endpoint's log", 500))

    def _told(self) -> Answer:
        match self.server.model, self._parts():
            case Loaded() as models, ["models"]:
                return _as_json(models.every())
            case Loaded() as models, ["models", name]:
                return _as_json(models.one(name))
        raise self._not_found()

    def _unloaded(self) -> Answer:
        match self.server.model, self._parts():
            case Loaded() as models, ["models", name]:
                return _as_json(models.unload(name))
        raise self._not_found()

    def _posted(self) -> Answer:
        payload = Payload(
            body=self._body(),
            content_type=self.headers.get("Content-Type", ""),
            accept=self.headers.get("Accept", ""),
        )
        match self.server.model, self._parts():
            case Scorer() as scorer, ["invocations"]:
                return respond(scorer, payload)
            case Loaded() as models, ["models", name, "invoke"]:
                return respond(models.scorer(name), payload)
            case Loaded() as models, ["models"]:
                return _as_json(models.load(payload.body))
        raise self._not_found()

    def _parts(self) -> list[str]:
        return self.path.strip("/").split("/")

    def _body(self) -> bytes:
        """Read the whole body, wanted or not, or the rest would pass for the next request."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.close_connection = True
            raise PayloadError("Content-Length is missing, expected the body's size in bytes", 411)
        if int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            raise PayloadError(f"{length} bytes, expected at most {MAX_BODY_BYTES}", 413)
        return self.rfile.read(int(length))

    def _not_found(self) -> PayloadError:
        expected = "POST /invocations"
        if isinstance(self.server.model, Loaded):
            expected = "/models, /models/NAME or POST /models/NAME/invoke"
        message = f"{self.command} {self.path}, expected GET /ping or {expected}"
        return PayloadError(message, 404)

    def _refuse(self, error: PayloadError) -> None:
        print(f"{error.status} {error}", file=sys.stderr, flush=True)
        body = json.dumps({"error": str(error)}).encode()
        self._send(HTTPStatus(error.status), Answer(content_type="application/json", body=body))

    def _send(self, status: HTTPStatus, answer: Answer) -> None:
        self.send_response(status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing for an answered request: the endpoint's metrics count them."""


def _as_json(told: Mapping[str, Any]) -> Answer:
    return Answer(content_type="application/json", body=json.dumps(told).encode())


def main(environ: Mapping[str, str]) -> int:
    """Serve until SIGTERM; return the exit code."""
    try:
        server = open_server(environ)
    except ToolWearError as error:
        print(f"cannot serve: {error}", file=sys.stderr, flush=True)
        return 1
    # `shutdown` waits for the loop that this very thread runs, hence another thread.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    host, port = server.server_address[:2]
    print(f"serving on {host!s}:{port}", flush=True)
    with suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.1)
    server.server_close()
    server.drain()
    return 0


def open_server(environ: Mapping[str, str]) -> Server:
    """Load the model, then listen; the image sets SERVE_HOST, outside it stay on this machine."""
    port = environ.get("SAGEMAKER_BIND_TO_PORT", "8080")
    host = environ.get("SERVE_HOST", "127.0.0.1")
    if not port.isdecimal() or int(port) > 65535:
        raise ServeError(f"SAGEMAKER_BIND_TO_PORT is {port!r}, expected a port number")
    several = environ.get("SAGEMAKER_MULTI_MODEL", "").lower() == "true"
    model = Loaded() if several else Scorer(Folders.read(environ).onnx)
    try:
        return Server((host, int(port)), model)
    except OSError as error:
        raise ServeError(f"cannot listen on {host}:{port}: {error.strerror}") from error
