"""The functions' third-party packages: one layer, built from the lock file, without Docker."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from terrace.errors import TerraceError

PYTHON_VERSION = "3.14"
PLATFORM = "aarch64-manylinux_2_28"
_LIMIT_MB = 200  # of the 250 MB that Lambda allows, the rest is for the code


class LayerNotBuilt(TerraceError):
    """The functions' packages could not be installed."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A folder in the form that Lambda wants a layer in."""

    folder: Path
    digest: str


def third_party(lock: Path, cache: Path) -> Layer:
    """The layer of a lock file; built when it is not in the cache yet.

    The digest is that of what the layer is built from, so it is the same on every machine.

    Raises:
        LayerNotBuilt: A package is not to be had, or they are too large together.
    """
    recipe = f"{PYTHON_VERSION} {PLATFORM}\n".encode() + lock.read_bytes()
    digest = hashlib.sha256(recipe).hexdigest()
    folder = cache / digest[:16]
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as unfinished:
            made = Path(unfinished) / "layer"
            _install(lock, made / "python")
            _check_size(made)
            _move(made, folder)
    return Layer(folder=folder, digest=digest)


def _install(lock: Path, target: Path) -> None:
    command = [_uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--python-version", PYTHON_VERSION, "--python-platform", PLATFORM]
    command += ["--only-binary", ":all:", "--target", str(target), "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LayerNotBuilt(f"{lock}: its packages could not be installed: {done.stderr.strip()}")
    # Programs and type stubs are of no use in a function.
    shutil.rmtree(target / "bin", ignore_errors=True)


def _check_size(folder: Path) -> None:
    size_mb = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    if size_mb > _LIMIT_MB:
        raise LayerNotBuilt(
            f"the functions' layer has {size_mb:.0f} MB; expected at most {_LIMIT_MB} MB, "
            "since Lambda takes 250 MB with the code"
        )


def _move(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        if not folder.exists():  # or another synth was quicker
            raise


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("uv")
    if found is None:
        raise LayerNotBuilt("uv is not installed; expected it beside Python, as `make setup` does")
    return found
