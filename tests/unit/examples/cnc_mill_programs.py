"""The example's programs as SageMaker runs them: their folders, variables and processes."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

EXAMPLE = Path(__file__).parents[3] / "examples" / "cnc-mill"
PARAMETERS = {"trees": "5", "explain_rows": "4", "seed": "7"}


@dataclass(frozen=True, kw_only=True)
class Job:
    """A finished training job."""

    folder: Path
    log: str

    @property
    def environ(self) -> dict[str, str]:
        return environ(self.folder)

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def output(self) -> Path:
        return self.folder / "output" / "data"


def environ(folder: Path) -> dict[str, str]:
    """Return the variables that put the contract's folders under one of our own."""
    return {
        "SM_INPUT_DIR": str(folder / "input"),
        "SM_MODEL_DIR": str(folder / "model"),
        "SM_OUTPUT_DIR": str(folder / "output"),
    }


def program_environ(folder: Path) -> dict[str, str]:
    """Return the variables for a program of the image, run with this very Python."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, **environ(folder), "PATH": path}


def fill(folder: Path, parameters: dict[str, str]) -> Path:
    """Write a job's hyperparameters and return its empty channel."""
    channel = folder / "input" / "data" / "training"
    channel.mkdir(parents=True)
    config = folder / "input" / "config"
    config.mkdir()
    (config / "hyperparameters.json").write_text(json.dumps(parameters))
    return channel


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A running `serve`."""

    process: subprocess.Popen[str]
    port: int
