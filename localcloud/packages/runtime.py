"""What Lambda's Python runtime brings: the standard library, boto3 and its interface client."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from localcloud.packages import cache
from localcloud.packages.uv import uv

_BROUGHT = ("awslambdaric", "boto3")
# This Python without the packages of its virtual environment.
_PYTHON: str = sys._base_executable  # type: ignore[attr-defined]  # what the module venv uses


def runtime() -> Path:
    """A virtual environment with this Python and the runtime's packages, and nothing else.

    Raises:
        PackagesNotInstalled: uv could not make it.
    """
    brought = list(_with_dependencies(_BROUGHT))
    versions = sorted(f"{one.metadata['Name']}=={one.version}" for one in brought)
    recipe = "\n".join([sys.version, _PYTHON, *versions])
    key = hashlib.sha256(recipe.encode()).hexdigest()[:32]
    return cache.cached(cache.folder() / "runtimes", key, lambda place: _build(place, brought))


def _build(place: Path, brought: list[Distribution]) -> None:
    command = ["venv", "--quiet", "--relocatable", "--clear", "--python", _PYTHON]
    uv([*command, str(place)])
    (packages,) = place.glob("lib/python3*/site-packages")
    for one in brought:
        for file in one.files or ():
            if ".." not in file.parts:
                target = packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target)
    compile_all(packages)


def _with_dependencies(names: tuple[str, ...]) -> Iterator[Distribution]:
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        one = distribution(waiting.pop())
        if one.metadata["Name"] in seen:
            continue
        seen.add(one.metadata["Name"])
        yield one
        waiting += [one.name for one in map(Requirement, one.requires or ()) if _applies(one)]


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def compile_all(folder: Path) -> None:
    """Compiles all modules, since a read-only folder cannot keep what imports compile.

    They are checked by hash, so that the time stamps of a copy do not matter.
    """
    command = [sys.executable, "-m", "compileall", "-q", "-j", "0"]
    command += ["--invalidation-mode", "unchecked-hash", str(folder)]
    # A file that is not for this Python is compiled when it is imported, and fails there.
    subprocess.run(command, capture_output=True, check=False)
