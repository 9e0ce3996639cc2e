"""Runs uv, which installs packages and finds Pythons."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from localcloud.errors import LocalCloudError


class PackagesNotInstalled(LocalCloudError):
    """Packages could not be installed; the message has uv's reason."""


def uv(arguments: Sequence[str], cwd: Path | None = None) -> str:
    """What uv prints.

    Raises:
        PackagesNotInstalled: uv is not installed, or it failed.
    """
    command = [_program(), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagesNotInstalled(done.stderr.strip() or f"uv ended with {done.returncode}")
    return done.stdout.strip()


def _program() -> str:
    next_to_python = Path(sys.executable).with_name("uv")
    program = str(next_to_python) if os.access(next_to_python, os.X_OK) else shutil.which("uv")
    if program is None:
        raise PackagesNotInstalled(
            f"uv is not installed; expected it in {next_to_python.parent} or on the PATH"
        )
    return program
