"""A function's code and its layers on disk, unpacked once each."""

import hashlib
import io
import os
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path

from localcloud.errors import LocalCloudError

_PERMISSIONS = 0o777
_lock = threading.Lock()


class UnreadableCode(LocalCloudError):
    """A deployment package that cannot be unpacked."""


def unpacked(package: bytes, folder: Path) -> Path:
    """The folder with a package's content; packages with the same bytes share one.

    Raises:
        UnreadableCode: It is not a zip, or it names files outside of itself.
    """
    place = folder / hashlib.sha256(package).hexdigest()[:32]
    with _lock:
        if not place.exists():
            _unpack(package, place)
    return place


def _unpack(package: bytes, place: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(dir=place.parent, prefix=".unpacking-"))
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            for member in archive.infolist():
                _extract(archive, member, unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(place)
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableCode(f"a deployment package could not be unpacked: {error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


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
