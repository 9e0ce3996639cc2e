"""Runs a program of an image as a process that ends with the embedded cloud."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from localcloud.containers.images import Image
from localcloud.errors import LocalCloudError

STOP_SECONDS = 10
# What a process inherits of the embedded cloud's own environment: nothing that is AWS's.
_INHERITED = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE")


class NoSuchProgram(LocalCloudError):
    """An image has no program of the name that a service calls: `train`, `serve`."""


class Process:
    """A running program of an image."""

    def __init__(
        self,
        image: Image,
        program: str,
        environment: Mapping[str, str],
        log: Callable[[str], None],
        arguments: Sequence[str] = (),
    ) -> None:
        """Starts `docker run IMAGE program arguments`; each line that it prints goes to `log`.

        Raises:
            NoSuchProgram: Neither the entry point nor the image's PATH has it.
        """
        variables = _environment(image, environment)
        command = [*image.entrypoint, program, *arguments]
        command[0] = _found(image, command[0], variables["PATH"])
        self._process = subprocess.Popen(
            command,
            cwd=image.path(image.workdir),
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            bufsize=1,
            process_group=0,
        )
        self._pump = threading.Thread(target=self._read, args=(log,), daemon=True)
        self._pump.start()

    def _read(self, log: Callable[[str], None]) -> None:
        assert self._process.stdout is not None  # noqa: S101  # Popen was given a pipe
        for line in self._process.stdout:
            log(line.rstrip("\n"))

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float | None = None) -> int:
        """Waits until it ends; the exit code.

        Raises:
            TimeoutExpired: It still runs after so many seconds.
        """
        code = self._process.wait(seconds)
        self._pump.join(STOP_SECONDS)
        return code

    def stop(self) -> None:
        """SIGTERM to it and what it started, and SIGKILL to what is still there."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                try:
                    os.killpg(self._process.pid, number)
                    self._process.wait(STOP_SECONDS)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue
        self._pump.join(STOP_SECONDS)


def _environment(image: Image, given: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # Programs of the image first, then its Python and packages, then what the machine has.
    own = [str(image.path(folder)) for folder in image.environment["PATH"].split(":")]
    python = str(Path(image.packages) / "bin")
    # A container has an address of its own; a process here has the machine's, so: loopback alone.
    settings = {n: "127.0.0.1" if v == "0.0.0.0" else v for n, v in image.environment.items()}  # noqa: S104
    variables = inherited | settings | {"PYTHONUNBUFFERED": "1"} | dict(given)
    variables["PATH"] = ":".join([*own, python, image.environment["PATH"]])
    if "PYTHONPATH" in image.environment:
        folders = image.environment["PYTHONPATH"].split(":")
        variables["PYTHONPATH"] = ":".join(str(image.path(folder)) for folder in folders if folder)
    return variables


def _found(image: Image, program: str, path: str) -> str:
    inside = image.path(program) if program.startswith("/") else None
    if inside and inside.exists():
        return str(inside)
    found = shutil.which(program, path=path)
    if found is None:
        raise NoSuchProgram(
            f"the image has no program {program!r} on its PATH "
            f"({image.environment['PATH']}), which is what the service calls"
        )
    return found
