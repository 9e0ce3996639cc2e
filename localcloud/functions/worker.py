"""A process that runs one version of a function, one invocation at a time."""

import contextlib
import functools
import os
import secrets
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from localcloud import access
from localcloud.functions import code, environment
from localcloud.functions.function import Function
from localcloud.functions.output import Line, Output
from localcloud.functions.runtime_api import Invocation, Outcome, RuntimeApi, timed_out
from localcloud.hooks import functions as hooks
from localcloud.packages import runtime as runtimes

PRINCIPAL = "lambda.amazonaws.com"
# Imports are slow on a busy machine. The function's own timeout counts from the event on.
INIT_SECONDS = 120
_BOOT = Path(__file__).with_name("boot.py")
_END_SECONDS = 2


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One invocation that has ended."""

    outcome: Outcome
    lines: list[Line]
    seconds: float
    # None where the worker was warm.
    init_seconds: float | None
    memory_megabytes: int


class Worker:
    """One process, its Runtime API, its output and its temporary files."""

    def __init__(self, function: Function, folder: Path) -> None:
        """Starts the process.

        Raises:
            CannotAssume: Lambda may not assume the function's role.
            UnreadableCode: The deployment package or a layer cannot be unpacked.
            NoBuildForThisMachine: This machine has no build of a package that it holds.
            PackagesNotInstalled: Lambda's runtime could not be set up.
        """
        self.function = function
        self.log_stream = _log_stream(function)
        self.idle_since = time.monotonic()
        self._started = time.monotonic()
        self._is_cold = True
        given = access.credentials(function.role_arn, PRINCIPAL, function.name)
        task_root = code.unpacked(function.code, folder)
        layers = tuple(_layers(function))
        runtime = runtimes.runtime()
        self._api = RuntimeApi()
        self._temporary = code.private_folder(folder)
        place = environment.Place(
            runtime_api=self._api.address,
            runtime=runtime,
            task_root=task_root,
            layers=layers,
            temporary=self._temporary,
            log_stream=self.log_stream,
            isolated=_can_isolate(runtime),
        )
        read_end, write_end = os.pipe()
        try:
            self._process = subprocess.Popen(
                [str(place.python), "-P", str(_BOOT), function.handler],
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                env=environment.variables(function, place, given),
                cwd=task_root,
                process_group=0,
            )
        finally:
            os.close(write_end)
        self._output = Output(read_end)
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether it can take another event."""
        return self._process.poll() is None and self._api.init_error is None

    def run(self, invocation: Invocation) -> Ran:
        """Hands an event to the handler and waits for what comes of it."""
        self._api.offer(invocation)
        if self._process.poll() is not None:
            self._abandon()
        if not invocation.taken.wait(INIT_SECONDS):
            invocation.end(timed_out(invocation, INIT_SECONDS))
        begun = time.monotonic()
        init, self._is_cold = (begun - self._started if self._is_cold else None), False
        try:
            outcome = invocation.outcome.result(invocation.timeout_seconds)
        except TimeoutError:
            invocation.end(timed_out(invocation, invocation.timeout_seconds))
            outcome = invocation.outcome.result()
        seconds = time.monotonic() - begun
        memory = _peak_memory(self._process.pid)
        if outcome.status:
            self.end()
        return Ran(
            outcome=outcome,
            lines=self._output.take(),
            seconds=seconds,
            init_seconds=init,
            memory_megabytes=memory,
        )

    def end(self) -> None:
        """Ends the process and removes its temporary files."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._api.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _watch(self) -> None:
        """A handler may end its own process; then nobody will post an answer."""
        self._process.wait()
        self._abandon()

    def _abandon(self) -> None:
        status = self._process.returncode
        self._api.abandon(f"exit status {status}" if status >= 0 else f"signal: {-status}")


def _log_stream(function: Function) -> str:
    today = datetime.now(UTC)
    return f"{today:%Y/%m/%d}/[{function.version}]{secrets.token_hex(16)}"


def _layers(function: Function) -> list[Path]:
    """The folders of Python packages that the layers hold. Of two, the later layer's comes first.

    On Lambda a later layer's files replace an earlier one's.
    """
    contents = [content for one in function.layers if (content := hooks.layer_zip(one))]
    return [path for content in reversed(contents) for path in code.layer(content)]


@functools.cache
def _can_isolate(runtime: Path) -> bool:
    """Whether this system lets a process have a file system of its own."""
    probe = [str(runtime / "bin" / "python"), "-I", str(_BOOT.with_name("confinement.py"))]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _peak_memory(pid: int) -> int:
    """The most memory that a process had, in MB; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return 0
