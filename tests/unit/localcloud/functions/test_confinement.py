"""A worker's process where the system has no namespaces: permission bits refuse, for root too."""

import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.functions import confinement
from localcloud.packages.cache import make_read_only, remove

_WRITE = """
import importlib.util, pathlib, sys
spec = importlib.util.spec_from_file_location("confinement", sys.argv[1])
confinement = importlib.util.module_from_spec(spec)
spec.loader.exec_module(confinement)
confinement.give_up_privileges()
pathlib.Path(sys.argv[2]).write_text("x")
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A read-only folder with a module."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "index.py").write_text("X = 1")
    make_read_only(folder)
    return folder


def written(path: Path) -> str:
    """The last line of what a confined process that writes a file says."""
    command = [sys.executable, "-I", "-c", _WRITE, confinement.__file__, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.splitlines()[-1] if done.stderr else ""


@pytest.mark.parametrize("name", ["index.py", "new.py"])
def test_a_process_without_privileges_cannot_write_into_read_only_code(
    code: Path, name: str
) -> None:
    assert written(code / name).startswith("PermissionError")


def test_it_can_write_elsewhere(code: Path) -> None:
    assert written(code.parent / "new.txt") == ""


def test_read_only_code_can_be_removed(code: Path) -> None:
    remove(code)
    assert not code.exists()
