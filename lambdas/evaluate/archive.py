"""A training job's output archive, read without trusting it."""

import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from terrace.errors import TerraceError

_LARGEST_BYTES = 2 * 1024**3  # of one member; far above any real one, far below a full disk


class InvalidTrainingOutput(TerraceError):
    """A training job's output is not what the image contract says."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a training job left behind, unpacked: the few files that the contract names."""

    uri: str
    folder: Path

    @property
    def predictions(self) -> dict[str, Path]:
        """The file of held-out predictions of each split, by the split's name.

        Raises:
            InvalidTrainingOutput: There is none.
        """
        found = sorted((self.folder / "predictions").glob("*.csv"))
        if not found:
            raise self.lacks("predictions/<split>.csv")
        return {path.stem: path for path in found}

    @property
    def measured(self) -> Path | None:
        """Held-out rows with label and prediction, where the image's `train` writes them."""
        path = self.folder / "baseline" / "predictions.parquet"
        return path if path.is_file() else None

    @property
    def trials(self) -> Path | None:
        """The trials of a search, where the image's `train` searched by itself."""
        path = self.folder / "trials.json"
        return path if path.is_file() else None

    @property
    def features(self) -> Path:
        """The features of the rows that were trained on, in the order that requests have.

        Raises:
            InvalidTrainingOutput: They are not there.
        """
        return self.file("baseline/features.parquet")

    def file(self, name: str) -> Path:
        """One file that must be there.

        Raises:
            InvalidTrainingOutput: It is not.
        """
        path = self.folder / name
        if not path.is_file():
            raise self.lacks(name)
        return path

    def lacks(self, name: str) -> InvalidTrainingOutput:
        """The error that says which file is missing."""
        there = sorted(
            str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()
        )
        return InvalidTrainingOutput(
            f"{self.uri}: got {', '.join(there) or 'none of the files'}; expected {name} "
            "among what the image's `train` writes to its output data folder"
        )


def unpacked(archive: Path, uri: str, folder: Path) -> Output:
    """Unpacks the files that the contract names, and nothing else, below a folder.

    Members are opened by this code and written under names it has checked, so a member with an
    absolute name, `..` or a link cannot reach outside of the folder.

    Raises:
        InvalidTrainingOutput: The archive cannot be read, or a member is far too large.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                _unpack(tar, member, uri, folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InvalidTrainingOutput(
            f"{uri}: cannot be read ({error}); expected a whole tar.gz archive"
        ) from error
    return Output(uri=uri, folder=folder)


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, uri: str, folder: Path) -> None:
    name = PurePosixPath(member.name)  # which drops a leading `./`
    if not member.isfile() or not _in_contract(name):
        return
    if member.size > _LARGEST_BYTES:
        raise InvalidTrainingOutput(
            f"{uri}: {name} has {member.size} bytes; expected at most {_LARGEST_BYTES}"
        )
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    if source:
        with source, target.open("wb") as file:
            shutil.copyfileobj(source, file)


def _in_contract(name: PurePosixPath) -> bool:
    match name.parts:
        case ("predictions", file):
            return file.endswith(".csv")
        case ("baseline", "features.parquet" | "predictions.parquet"):
            return True
        case ("sample", "request.csv" | "response.csv"):
            return True
    return name.parts in (("metadata.json",), ("trials.json",))
