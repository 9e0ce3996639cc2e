"""The images that were built or pushed, by name: a folder with the image's own files each."""

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from localcloud.containers.dockerfile import Recipe
from localcloud.containers.environments import environment
from localcloud.containers.installs import read
from localcloud.errors import LocalCloudError

_REGISTRY = re.compile(r"^[^/]+[.:][^/]*/")


class NoSuchImage(LocalCloudError):
    """An image was named that nobody pushed."""


class CannotCopy(LocalCloudError):
    """A COPY names what the build context does not hold."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image's own files and how they are run.

    Attributes:
        root: The folder with the files that the Dockerfile copies.
        packages: The virtual environment with the packages that it installs.
        manifest_type: The media type of the manifest that a push uploads.
    """

    root: str
    packages: str
    manifest_type: str
    environment: dict[str, str]
    workdir: str
    entrypoint: list[str]
    command: list[str]

    def path(self, inside: str) -> Path:
        """Where a path inside the image lies on this machine."""
        return Path(self.root) / inside.lstrip("/")

    @classmethod
    def load(cls, text: str) -> Self:
        """From JSON."""
        return cls(**json.loads(text))

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))


def store() -> Path:
    """The folder that holds every image of this embedded cloud."""
    return Path(os.environ["LOCALCLOUD_IMAGES"])


def build(name: str, context: Path, recipe: Recipe, manifest_type: str) -> list[str]:
    """Copies and installs what the recipe says, and keeps the image under a name.

    Returns:
        What is different from the image that a container engine builds, in words.

    Raises:
        CannotCopy: A file to copy does not exist.
        PackagesNotInstalled: Packages could not be installed.
    """
    root = store() / "roots" / quote(name, safe="")
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for sources, target in recipe.copies:
        for source in sources:
            _copy(context, source, root / target.lstrip("/"), into=target.endswith("/"))
    (root / recipe.workdir.lstrip("/")).mkdir(parents=True, exist_ok=True)
    installs = read(recipe.run)
    made = environment(recipe.base, installs, root)
    image = Image(
        root=str(root),
        packages=str(made.folder),
        manifest_type=manifest_type,
        environment=recipe.environment,
        workdir=recipe.workdir,
        entrypoint=recipe.entrypoint,
        command=recipe.command,
    )
    keep(name, image)
    return [*made.notes, *(f"not run: {command}" for command in installs.not_run)]


def _copy(context: Path, source: str, target: Path, *, into: bool) -> None:
    found = sorted(context.glob(source.lstrip("/"))) if source not in (".", "./") else [context]
    if not found:
        raise CannotCopy(f"COPY {source}: there is nothing of that name in {context}")
    for path in found:
        if path.is_dir():
            shutil.copytree(path, target, dirs_exist_ok=True)
        else:
            place = target / path.name if into or target.is_dir() or len(found) > 1 else target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)


def keep(name: str, image: Image) -> None:
    """Keeps an image under a name; an image may have several."""
    path = _record(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(image.dump())


def find(name: str) -> Image:
    """The image of a name, whichever registry the name is prefixed with.

    Raises:
        NoSuchImage: Nobody built or pushed it.
    """
    path = _record(name)
    if not path.exists():
        raise NoSuchImage(
            f"no image {name} was pushed to the embedded cloud; "
            f"push it with CDK_DOCKER, as `cdk deploy` does"
        )
    return Image.load(path.read_text())


def _record(name: str) -> Path:
    return store() / "names" / f"{quote(_REGISTRY.sub('', name), safe='')}.json"
