"""A function's code and its layers on disk, unpacked once each, with packages that load here."""

import hashlib
import io
import os
import platform
import tempfile
import zipfile
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.packages import cache, distributions
from localcloud.packages.runtime import compile_all

_PERMISSIONS = 0o777
_LAYER = "python"
_IN_LAYER = "python/lib/python3*/site-packages"


class UnreadableCode(LocalCloudError):
    """A deployment package that cannot be unpacked."""


def unpacked(package: bytes, folder: Path) -> Path:
    """The read-only folder with a package's content; packages with the same content share one.

    Raises:
        UnreadableCode: It is not a zip, or it names files outside of itself.
        NoBuildForThisMachine: It holds a package that this machine has no build of.
    """
    return cache.cached(folder, _digest(package), lambda place: _build(package, place))


def layer(package: bytes) -> list[Path]:
    """The read-only folders of Python packages that a layer holds.

    Raises:
        UnreadableCode: It is not a zip, or it names files outside of itself.
        NoBuildForThisMachine: It holds a package that this machine has no build of.
    """
    root = unpacked(package, cache.folder() / "layers")
    return [path for path in [*sorted(root.glob(_IN_LAYER)), root / _LAYER] if path.is_dir()]


def _build(package: bytes, place: Path) -> None:
    _unpack(package, place)
    for root in (place, place / _LAYER, *place.glob(_IN_LAYER)):
        distributions.fit(root)
    compile_all(place)
    cache.make_read_only(place)


def _digest(package: bytes) -> str:
    """Of a package's content, whenever it was packed."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise UnreadableCode(f"a deployment package could not be unpacked: {error}") from error
    entries = [f"{m.filename}\0{m.CRC}\0{m.file_size}\0{m.external_attr}" for m in members]
    return hashlib.sha256("\0".join([*entries, platform.python_version()]).encode()).hexdigest()[
        :32
    ]


def _unpack(package: bytes, place: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            for member in archive.infolist():
                _extract(archive, member, place)
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableCode(f"a deployment package could not be unpacked: {error}") from error


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    if ".." in Path(member.filename).parts or Path(member.filename).is_absolute():
        raise UnreadableCode(
            f"a deployment package holds {member.filename!r}; expected paths inside of the package"
        )
    written = Path(archive.extract(member, folder))
    if permissions := (member.external_attr >> 16) & _PERMISSIONS:
        written.chmod(permissions | (0o700 if member.is_dir() else 0o400))


def private_folder(folder: Path) -> Path:
    """A new folder for the temporary files of one worker."""
    return Path(tempfile.mkdtemp(dir=folder, prefix=f".tmp-{os.getpid()}-"))
