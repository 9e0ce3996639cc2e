"""The distributions in a folder of packages, and builds of them for this machine.

A layer, or a zip with a function's code, holds packages that were built for Lambda's Python and
processor. Those whose wheel does not load here are replaced by the same version's wheel for this
machine. What loads everywhere stays as it is.
"""

import platform
import shutil
import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.tags import parse_tag, sys_tags

from localcloud.errors import LocalCloudError
from localcloud.packages.uv import PackagesNotInstalled, uv

_HERE = f"Python {platform.python_version()} on {sys.platform} {platform.machine()}"


class NoBuildForThisMachine(LocalCloudError):
    """A package of a function has no wheel for this machine's Python at that version."""


def fit(root: Path) -> None:
    """Replaces the distributions in a folder that do not load on this machine.

    Raises:
        NoBuildForThisMachine: One of them has no wheel here at its version.
    """
    foreign = []
    for folder in sorted(root.glob("*.dist-info")):
        distribution = PathDistribution(folder)
        if (folder / "METADATA").is_file():
            _check_python(distribution)
            if not _loads_here(distribution):
                foreign.append(f"{distribution.metadata['Name']}=={distribution.version}")
                _delete(distribution, folder)
    if foreign:
        _install(foreign, root)


def _check_python(distribution: Distribution) -> None:
    (required,) = distribution.metadata.get_all("Requires-Python") or [""]
    # Lambda's Python, too, is above what some packages that work say is the last.
    from_on = SpecifierSet(",".join(str(one) for one in SpecifierSet(required)
                                    if one.operator in (">", ">=")))  # fmt: skip
    if not from_on.contains(platform.python_version(), prereleases=True):
        raise NoBuildForThisMachine(
            f"{distribution.metadata['Name']} {distribution.version} requires Python {required}; "
            f"got {_HERE}. Choose a version that this Python has, or start the embedded cloud "
            f"with a newer Python"
        )


def _loads_here(distribution: Distribution) -> bool:
    wheel = distribution.read_text("WHEEL") or ""
    lines = [line.partition(":")[2].strip() for line in wheel.splitlines()
             if line.startswith("Tag:")]  # fmt: skip
    tags = {tag for line in lines for tag in parse_tag(line)}
    return not tags or not tags.isdisjoint(sys_tags())


def _delete(distribution: Distribution, folder: Path) -> None:
    """Deletes what a distribution installed, and the folder that says so."""
    root = folder.parent.resolve()
    for file in distribution.files or ():
        path = (root / file).resolve()
        if path.is_relative_to(root):
            path.unlink(missing_ok=True)
    shutil.rmtree(folder)


def _install(requirements: Sequence[str], root: Path) -> None:
    command = ["pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--python", sys.executable, "--target", str(root), *requirements]
    try:
        uv(command, cwd=root)
    except PackagesNotInstalled as error:
        raise NoBuildForThisMachine(
            f"{', '.join(requirements)}: no wheels for {_HERE}: {error}"
        ) from error
