"""The tenant's data bucket: the one bucket that a function reads and writes."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from lambdas.common.aws import client, says
from terrace.errors import TerraceError

_CHUNK_BYTES = 1024 * 1024


class ObjectRefused(TerraceError):
    """An object is not where a function may look, or is not there."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One object of a listing."""

    key: str
    size_bytes: int
    modified: datetime
    etag: str = ""


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """What was read while an object came down."""

    size_bytes: int
    sha256: str
    version_id: str | None
    etag: str
    modified: datetime


@dataclass(frozen=True, kw_only=True)
class Objects:
    """The objects of one tenant, by their `s3://` addresses."""

    bucket: str

    def uri(self, key: str) -> str:
        """The address of a key."""
        return f"s3://{self.bucket}/{key}"

    def key(self, uri: str) -> str:
        """The key behind an address.

        Raises:
            ObjectRefused: The address is not one in this bucket.
        """
        prefix = self.uri("")
        if not uri.startswith(prefix) or uri == prefix:
            raise ObjectRefused(
                f"object address got {uri!r}; expected {prefix}<key>, in the tenant's own bucket"
            )
        return uri.removeprefix(prefix)

    def download(self, uri: str, path: Path) -> Downloaded:
        """Streams an object to a file.

        Raises:
            ObjectRefused: There is no such object.
        """
        answer = self._opened(uri)
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for chunk in answer["Body"].iter_chunks(_CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
        return Downloaded(
            size_bytes=path.stat().st_size,
            sha256=digest.hexdigest(),
            version_id=answer.get("VersionId"),
            etag=str(answer["ETag"]),
            modified=answer["LastModified"],
        )

    def sha256(self, uri: str) -> str:
        """The SHA-256 of an object's content in hexadecimal, in constant memory.

        Raises:
            ObjectRefused: There is no such object.
        """
        digest = hashlib.sha256()
        for chunk in self._opened(uri)["Body"].iter_chunks(_CHUNK_BYTES):
            digest.update(chunk)
        return digest.hexdigest()

    def read(self, uri: str) -> bytes:
        """A small object's content.

        Raises:
            ObjectRefused: There is no such object.
        """
        return bytes(self._opened(uri)["Body"].read())

    def write(self, key: str, content: str, *, content_type: str = "application/json") -> str:
        """Writes a small object; its address."""
        client("s3").put_object(
            Bucket=self.bucket, Key=key, Body=content.encode(), ContentType=content_type
        )
        return self.uri(key)

    def write_json(self, key: str, content: Any) -> str:
        """Writes a value as JSON a person can read; its address."""
        return self.write(key, json.dumps(content, indent=2) + "\n")

    def upload(self, path: Path, key: str) -> str:
        """Uploads a file; the object's address."""
        client("s3").upload_file(str(path), self.bucket, key)
        return self.uri(key)

    def listed(self, prefix: str) -> Iterator[Listed]:
        """The objects whose keys start with a prefix, in the order of their keys."""
        pages = client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                yield Listed(
                    key=item["Key"],
                    size_bytes=item["Size"],
                    modified=item["LastModified"],
                    etag=item["ETag"],
                )

    def _opened(self, uri: str) -> dict[str, Any]:
        key = self.key(uri)
        try:
            return dict(client("s3").get_object(Bucket=self.bucket, Key=key))
        except ClientError as error:
            if says(error, "NoSuchKey"):
                raise ObjectRefused(f"{uri} does not exist; expected an object there") from error
            raise
