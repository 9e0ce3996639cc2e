"""S3 objects that a job or an endpoint reads and writes, with its own role's rights."""

import gzip
import shutil
import tarfile
from pathlib import Path
from typing import Any

from localcloud.sagemaker.errors import invalid


def parsed(uri: str) -> tuple[str, str]:
    """Bucket and key of an `s3://` address.

    Raises:
        SageMakerError: It is not one.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise invalid(f"{uri!r} is no S3 URI; expected s3://bucket/key")
    return bucket, key


def download_prefix(s3: Any, uri: str, folder: Path) -> int:
    """Every object whose key starts with the address, below a folder; how many there were."""
    bucket, prefix = parsed(uri)
    # A key's path below the folder starts after the prefix's last slash, as SageMaker has it.
    base = prefix if prefix.endswith("/") else prefix.rpartition("/")[0] + "/"
    count = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            if item["Key"].endswith("/"):
                continue
            path = folder / item["Key"].removeprefix(base).lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, item["Key"], str(path))
            count += 1
    return count


def download(s3: Any, uri: str, path: Path) -> None:
    """One object."""
    bucket, key = parsed(uri)
    path.parent.mkdir(parents=True, exist_ok=True)
    s3.download_file(bucket, key, str(path))


def upload(s3: Any, path: Path, uri: str, kms_key: str | None) -> None:
    """One file, encrypted with the key where one is given."""
    bucket, key = parsed(uri)
    extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    s3.upload_file(str(path), bucket, key, ExtraArgs=extra)


def pack(folder: Path, archive: Path) -> None:
    """A folder's content as `tar.gz`; the same content always gives the same bytes."""

    def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.mtime = info.uid = info.gid = 0
        info.uname = info.gname = ""
        return info

    archive.parent.mkdir(parents=True, exist_ok=True)
    with (
        archive.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name, filter=plain)


def unpack(archive: Path, folder: Path) -> None:
    """The content of a `tar.gz`, kept below the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for member in tar:
            _unpack(tar, member, folder)


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Files and folders alone, and none outside; Python 3.11.2 has no filter that sees to it."""
    path = folder / member.name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise tarfile.TarError(f"{member.name!r} lies outside of the folder it is unpacked to")
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
    elif member.isfile() and (content := tar.extractfile(member)):
        path.parent.mkdir(parents=True, exist_ok=True)
        with content, path.open("wb") as file:
            shutil.copyfileobj(content, file)
        path.chmod(0o755 if member.mode & 0o100 else 0o644)
