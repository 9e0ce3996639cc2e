"""The model inside a version's artifact."""

import shutil
import tarfile
from pathlib import Path, PurePosixPath

from terrace.errors import TerraceError

_SUFFIX = ".onnx"  # what the functions' packages can run


class NoModelFile(TerraceError):
    """A version's artifact holds no model that a function can run."""


def model_file(archive: Path, uri: str, folder: Path) -> Path:
    """The first model of an archive, under a name of ours: a member's own could lead anywhere.

    Args:
        archive: The artifact, a tar.gz.
        uri: Where it is from, for messages.
        folder: Where the model is written.

    Raises:
        NoModelFile: The artifact holds none, or cannot be read.
    """
    path = folder / f"model{_SUFFIX}"
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content and PurePosixPath(member.name).suffix == _SUFFIX:
                    with content, path.open("wb") as file:
                        shutil.copyfileobj(content, file)
                    return path
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NoModelFile(f"{uri}: cannot be read ({error}); expected a tar.gz archive") from error
    raise NoModelFile(f"{uri}: holds no file of {_SUFFIX}; expected one, which functions can run")
