"""The model itself, for monitors that explain it: a file out of the version's artifact."""

from pathlib import Path

from lambdas.common.artifact import model_file
from lambdas.common.objects import Objects
from terrace.monitor import Kind, Options, looks_at_model


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
    return options.model_copy(update={"model": str(model_file(archive, artifact_uri, folder))})
