"""The system libraries that an image's packages need and the image lacks.

A process of the image runs on this machine, which may have them. So a hook in the image's Python
refuses to load what needs one, with the words of the system's own loader.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from localcloud.containers import elf
from localcloud.containers.bases import Base, installed

_HOOK = "_image_libraries"
_TABLE = f"{_HOOK}.json"
_OURS = ("libpython",)  # the Python's own library, which is there under another name


def missing(packages: Path, base: Base, system: frozenset[str]) -> dict[str, str]:
    """Each shared library in a folder that cannot be loaded, with the one that it lacks.

    Empty where the base image's libraries are not known.
    """
    if base.libraries is None:
        return {}
    wants = {path: elf.needed(path) for path in _shared(packages)}
    bundled = {path.name for path in wants}
    lacks = {path: next(_lacking(names, bundled, base.libraries, system), None)
             for path, names in wants.items()}  # fmt: skip
    by_name = {path.name: lacked for path, lacked in lacks.items() if lacked}
    return {
        str(path.relative_to(packages)): lacked
        for path, names in wants.items()
        if (lacked := lacks[path] or next((by_name[n] for n in names if n in by_name), None))
    }


def _shared(packages: Path) -> Iterator[Path]:
    for path in packages.rglob("*.so*"):
        if path.is_file() and not path.is_symlink():
            yield path


def _lacking(
    names: tuple[str, ...], bundled: set[str], brought: frozenset[str], system: frozenset[str]
) -> Iterator[str]:
    for name in names:
        known = name in bundled or name in brought or name.startswith(_OURS)
        if not known and not installed(name, system):
            yield name


def write_hook(packages: Path, lacking: Mapping[str, str]) -> None:
    """Lets the Python of a folder of packages refuse to load what lacks a library."""
    (packages / _TABLE).write_text(json.dumps(lacking))
    (packages / f"{_HOOK}.py").write_text(Path(__file__).with_name("hook.py").read_text())
    (packages / f"{_HOOK}.pth").write_text(f"import {_HOOK}\n")
