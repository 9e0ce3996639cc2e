"""The templates of another revision of the repository: synthesized as they were then."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from terrace.errors import TerraceError

_CACHE = Path(".cache")


class NotSynthesized(TerraceError):
    """Another revision that has no templates."""


@contextmanager
def templates_of(revision: str) -> Iterator[Path]:
    """A folder with the templates of a revision, by git and the CDK's command line.

    Raises:
        NotSynthesized: There is no such revision, or it cannot be synthesized.
    """
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _run(revision, Path(), "git", "worktree", "add", "--detach", str(tree), revision)
        try:
            if _CACHE.is_dir():  # the functions' packages, by the hash of their lock
                (tree / _CACHE).symlink_to(_CACHE.absolute())
            program = f"{shlex.quote(sys.executable)} -O app.py"
            _run(revision, tree, "cdk", "synth", "--quiet", "--app", program, "--output", "cdk.out")
            yield tree / "cdk.out"
        finally:
            _run(revision, Path(), "git", "worktree", "remove", "--force", str(tree))


def _run(revision: str, folder: Path, *command: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotSynthesized(f"{revision}: {command[0]} cannot be run: {error}") from error
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise NotSynthesized(
            f"{revision}: `{' '.join(command[:2])}` failed: {' '.join(told)}; expected a folder "
            "that cdk synth wrote, or a revision of this repository"
        )
