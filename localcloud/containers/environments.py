"""The Python of an image: a virtual environment with what the Dockerfile installs."""

import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.containers import libraries
from localcloud.containers.bases import Base, base
from localcloud.containers.installs import Installs, PipInstall
from localcloud.packages import cache
from localcloud.packages.uv import PackagesNotInstalled, uv

_PROGRAM_VERSION = re.compile(r"^(?:python|pip)(\d+\.\d+)$")
_INCLUDED = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)")
_THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
_FORMAT = "1"  # of what is kept; another where it is built in another way


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment, and what is to be said about it."""

    folder: Path
    notes: tuple[str, ...]


def environment(name: str, installs: Installs, root: Path) -> Environment:
    """The environment of an image, made at most once for the same packages.

    Args:
        name: Of the base image.
        installs: What the Dockerfile installs.
        root: The image's own files.

    Raises:
        PackagesNotInstalled: uv could not install them.
    """
    known = base(name)
    version = _version(known, installs.python)
    python, notes = _python(version)
    if known.libraries is None:
        notes = (*notes, f"the system libraries of {name} are not known here and not checked")
    key = _key(python, name, installs, root)
    folder = cache.cached(
        cache.folder() / "images", key, lambda place: _build(place, python, known, installs, root)
    )
    return Environment(folder=folder, notes=notes)


def _version(known: Base, commands: Sequence[PipInstall]) -> str:
    """The version of Python: the one that packages are installed for, or the base image's."""
    named = [match[1] for one in commands if (match := _PROGRAM_VERSION.match(one.program))]
    return named[-1] if named else known.python or _THIS


def _python(version: str) -> tuple[str, tuple[str, ...]]:
    """The program of a version of Python, or this one with a note."""
    this = sys._base_executable  # type: ignore[attr-defined]  # what the module venv uses
    if version == _THIS:
        return this, ()
    find = ["python", "find", "--quiet", "--system", "--no-python-downloads", version]
    try:
        return uv(find, cwd=Path("/")), ()
    except PackagesNotInstalled:
        note = f"the image has Python {version}, which this machine lacks; Python {_THIS} runs it"
        return this, (note,)


def _key(python: str, name: str, installs: Installs, root: Path) -> str:
    recipe = [_FORMAT, python, sys.version, name, *sorted(installs.system)]
    for command in installs.python:
        recipe += [command.workdir, *command.arguments]
        for path in _files(command, root):
            recipe.append(hashlib.sha256(path.read_bytes()).hexdigest())
    return hashlib.sha256("\0".join(recipe).encode()).hexdigest()[:32]


def _files(command: PipInstall, root: Path) -> Iterator[Path]:
    """The files that decide what a command installs: requirements, and projects of the image."""
    for word in command.arguments:
        path = _inside(word.partition("=")[2] or word, command.workdir, root)
        if path.is_file():
            yield from _with_included(path)
        elif path.is_dir() and (word.startswith(("/", ".")) or "/" in word):
            yield from sorted(one for one in path.rglob("*") if one.is_file())


def _with_included(path: Path) -> Iterator[Path]:
    """A file of requirements and those that it names with -r or -c."""
    yield path
    for line in path.read_text(errors="replace").splitlines():
        if (match := _INCLUDED.match(line)) and (other := path.parent / match[1]).is_file():
            yield from _with_included(other)


def _inside(path: str, workdir: str, root: Path) -> Path:
    whole = path if path.startswith("/") else f"{workdir}/{path}"
    return root / whole.lstrip("/")


def _build(place: Path, python: str, known: Base, installs: Installs, root: Path) -> None:
    uv(["venv", "--quiet", "--relocatable", "--clear", "--python", python, str(place)])
    for command in installs.python:
        arguments = [_on_this_machine(word, root) for word in command.arguments]
        options = ["--quiet", "--python", str(place / "bin" / "python")]
        uv(["pip", "install", *options, *arguments], cwd=_inside(".", command.workdir, root))
    for packages in place.glob("lib/python3*/site-packages"):
        lacking = libraries.missing(packages, known, installs.system)
        libraries.write_hook(packages, lacking)


def _on_this_machine(word: str, root: Path) -> str:
    """An absolute path of the image as it is here; other words as they are."""
    option, separator, value = word.rpartition("=")
    if value.startswith("/") and (option.startswith("--") or not separator):
        return f"{option}{separator}{root / value.lstrip('/')}"
    return word
