"""The templates of a settings file, synthesized into a temporary folder."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from terrace.errors import TerraceError

# What app.py reads the settings from, where it is set.
SETTINGS_VARIABLE = "TERRACE_SETTINGS"


class CannotSynthesize(TerraceError):
    """`cdk synth` failed."""


@contextmanager
def synthesized(settings: Path, folder: Path | None) -> Iterator[Path]:
    """The folder with a settings file's templates: the one that is named, or a new temporary one.

    Raises:
        CannotSynthesize: `cdk synth` cannot be run, or failed.
    """
    if folder is not None:
        yield folder
        return
    with TemporaryDirectory() as temporary:
        output = Path(temporary) / "cdk.out"
        program = f"{shlex.quote(sys.executable)} -O app.py"
        command = ["cdk", "synth", "--quiet", "--app", program, "--output", str(output)]
        environment = os.environ | {SETTINGS_VARIABLE: str(settings.absolute())}
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise CannotSynthesize(f"{command[0]} cannot be run: {error}") from error
        if done.returncode:
            last_lines = (done.stderr or done.stdout).strip().splitlines()[-3:]
            raise CannotSynthesize(f"`cdk synth` failed: {' '.join(last_lines)}")
        yield output
