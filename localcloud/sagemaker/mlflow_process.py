"""One `mlflow server` with SQLite, from an environment of its own."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import urllib3

from localcloud import processes
from localcloud.config import HOST
from localcloud.errors import LocalCloudError
from localcloud.lifecycle import free_port

_START_SECONDS = 180.0


class NoMlflow(LocalCloudError):
    """There is no MLflow on this machine, or its server does not start."""


class MlflowProcess:
    """The server of one tracking server; what it keeps is gone with the embedded cloud."""

    def __init__(self, folder: Path) -> None:
        """Finds the program.

        Raises:
            NoMlflow: It is not installed.
        """
        self._folder = folder
        self._program = _program()
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()

    @property
    def url(self) -> str:
        """Where it answers, to browsers too."""
        return f"http://{HOST}:{self._port}"

    def start(self) -> None:
        """Starts it, and does not wait for it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [self._program, "server", "--host", HOST, "--port", str(self._port)]
        command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{self._folder}/mlflow.db"]
        command += ["--artifacts-destination", str(self._folder / "artifacts")]
        # Its queues for evaluating language models are of no use here, and are processes each.
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with (self._folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )

    def awaited(self) -> str:
        """The address, once it answers.

        Raises:
            NoMlflow: It ended, or does not answer.
        """
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            try:
                if urllib3.request("GET", f"{self.url}/health", retries=False).status == 200:
                    return self.url
            except urllib3.exceptions.HTTPError:
                time.sleep(0.2)
        raise NoMlflow(f"the MLflow server does not answer; {self._folder}/server.log tells why")

    def stop(self) -> None:
        """Ends it and what it started."""
        if self._process:
            processes.stop(self._process.pid)


def _program() -> str:
    beside = Path(sys.prefix) / "mlflow" / "bin" / "mlflow"
    found = str(beside) if beside.exists() else shutil.which("mlflow")
    if found is None:
        raise NoMlflow(f"MLflow is not installed in {beside.parents[1]}; expected: make mlflow")
    return found
