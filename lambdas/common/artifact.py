"""The model inside a version's artifact."""

import shutil
import tarfile
from pathlib import Path, PurePosixPath

from terrace.errors import TerraceError
from terrace.models import FORMATS
from terrace.models.litert import LABELS


class NoModelFile(TerraceError):
    """A version's artifact holds no model that a function can run."""


def model_file(archive: Path, uri: str, folder: Path) -> Path:
    """The first model of an archive, under a name of ours: a member's own could lead anywhere.

    The labels of a model in LiteRT are beside it.

    Args:
        archive: The artifact, a tar.gz.
        uri: Where it is from, for messages.
        folder: Where the model is written.

    Raises:
        NoModelFile: The artifact holds none, or cannot be read.
    """
    found: Path | None = None
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = PurePosixPath(member.name)
                if not member.isfile():
                    continue
                if name.suffix in FORMATS and found is None:
                    found = _written(tar, member, folder / f"model{name.suffix}")
                elif name.name == LABELS:
                    _written(tar, member, folder / LABELS)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NoModelFile(f"{uri}: cannot be read ({error}); expected a tar.gz archive") from error
    if found is None:
        endings = " or ".join(FORMATS)
        raise NoModelFile(f"{uri}: holds no file of {endings}; expected one, which functions run")
    return found


def _written(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> Path:
    if content := tar.extractfile(member):
        with content, path.open("wb") as file:
            shutil.copyfileobj(content, file)
    return path
