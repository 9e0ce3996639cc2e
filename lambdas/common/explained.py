"""The model itself, for monitors that explain it: a file out of the version's artifact."""

import shutil
import tarfile
from pathlib import Path, PurePosixPath

from lambdas.common.objects import Objects
from terrace.errors import TerraceError
from terrace.monitor import Kind, Options, looks_at_model

_SUFFIX = ".onnx"  # what the functions' packages can explain


class NoModelFile(TerraceError):
    """A version's artifact holds no model that can be explained."""


def with_model(
    kind: Kind, options: Options, objects: Objects, artifact_uri: str, folder: Path
) -> Options:
    """The options of a monitor, with the model's file where it looks at the model.

    Raises:
        NoModelFile: The artifact holds none, or cannot be read.
    """
    if not looks_at_model(kind):
        return options
    archive = folder / "model.tar.gz"
    objects.download(artifact_uri, archive)
    return options.model_copy(update={"model": str(_taken(archive, artifact_uri, folder))})


def _taken(archive: Path, uri: str, folder: Path) -> Path:
    """The first model of the archive, under a name of ours: a member's own could lead anywhere."""
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
    raise NoModelFile(
        f"{uri}: holds no file of {_SUFFIX}; expected one, which the attribution-drift monitor "
        "explains"
    )
