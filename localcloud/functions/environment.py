"""One execution environment: a process that runs a function's code, one invocation at a time."""

import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from localcloud.functions.runtime_api import Invocation, Outcome, RuntimeApi
from localcloud.hooks.functions import role_credentials

_INIT_SECONDS = 30
_POLL_SECONDS = 0.2
_QUIET_SECONDS = 0.05
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "SSL_CERT_FILE")


class Environment:
    """A warm process; it keeps its module state between invocations, as on AWS."""

    def __init__(self, config: dict[str, Any], code: Path) -> None:
        self._config = config
        self._api = RuntimeApi()
        self._lines: list[str] = []
        self.idle_since = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", config["Handler"]],
            cwd=code,
            env=self._variables(code),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _variables(self, code: Path) -> dict[str, str]:
        config = self._config
        name = config["FunctionName"]
        logging = config.get("LoggingConfig") or {}
        inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
        return {
            **inherited,
            "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
            **(config.get("Environment") or {}).get("Variables", {}),
            **role_credentials(config),
            "AWS_REGION": os.environ["AWS_REGION"],
            "AWS_DEFAULT_REGION": os.environ["AWS_REGION"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup", f"/aws/lambda/{name}"),
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[$LATEST]{uuid.uuid4().hex}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "_HANDLER": config["Handler"],
            "LAMBDA_TASK_ROOT": str(code),
            "LAMBDA_RUNTIME_DIR": str(code),
            # The function's own code first, then this environment's packages in place of layers.
            "PYTHONPATH": str(code),
            "PYTHONUNBUFFERED": "1",
        }

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  # Popen was given a pipe
        self._lines.extend(self._process.stdout)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def invoke(self, event: Any, request_id: str) -> tuple[Outcome, str]:
        """One invocation: its outcome, and what the code printed."""
        seconds = float(self._config.get("Timeout", 3))
        first = len(self._lines)
        deadline = time.monotonic() + _INIT_SECONDS
        while not self._api.ready.wait(_POLL_SECONDS) and time.monotonic() < deadline:
            if not self.alive or not self._api.outcomes.empty():
                break
        invocation = Invocation(
            request_id=request_id,
            arn=self._config["FunctionArn"],
            deadline_ms=int((time.time() + seconds) * 1000),
            event=event,
        )
        self._api.invocations.put(invocation)
        outcome = self._awaited(seconds, request_id)
        # What was printed last travels through a pipe, the answer through a socket.
        time.sleep(_QUIET_SECONDS)
        self.idle_since = time.monotonic()
        return outcome, "".join(self._lines[first:])

    def _awaited(self, seconds: float, request_id: str) -> Outcome:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                return self._api.outcomes.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if not self.alive:
                    break
        if self.alive:
            self.stop()
            message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
            return Outcome(error={"errorType": "Sandbox.Timedout", "errorMessage": message})
        code = self._process.returncode
        message = f"RequestId: {request_id} Error: Runtime exited with error: exit status {code}"
        return Outcome(error={"errorType": "Runtime.ExitError", "errorMessage": message})

    def stop(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        self._api.close()
