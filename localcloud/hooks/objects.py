"""S3: which key encrypts an object that is written or read."""

import base64
import contextvars
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ministack.services import firehose, s3

from localcloud.hooks import services
from localcloud.hooks.encryption import has_bucket_key
from localcloud.hooks.services import Answer, Request

_SSE = "x-amz-server-side-encryption"
_KEY, _BUCKET_KEY, _CONTEXT = (
    f"{_SSE}-aws-kms-key-id",
    f"{_SSE}-bucket-key-enabled",
    f"{_SSE}-context",
)


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who writes or reads which object."""

    access_key: str
    bucket: str
    key: str
    method: str


@dataclass(frozen=True, kw_only=True)
class Encryption:
    """How an object is encrypted.

    Attributes:
        key: The KMS key's id, ARN or alias.
        arn: The object's ARN, or the bucket's where a bucket key is between.
        context: The encryption context that the writer added.
    """

    key: str
    arn: str
    context: Mapping[str, str]


# (access, actions on the key, the encryption) -> code, message and status of the error, or None
Ask = Callable[[Access, tuple[str, ...], Encryption], "tuple[str, str, int] | None"]

_access: contextvars.ContextVar[Access | None] = contextvars.ContextVar(
    "localcloud_object_access", default=None
)


def ask_with(ask: Ask) -> None:
    """Lets `ask` refuse to encrypt or decrypt an object.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    services.before("s3", _remember)
    s3._SSE_STORED_HEADERS = (*s3._SSE_STORED_HEADERS, _BUCKET_KEY)
    _ask_writers(ask)
    _ask_readers(ask)


def _remember(request: Request) -> Answer | None:
    bucket, key = s3._parse_bucket_key(request.path, request.headers)
    # Also of a presigned URL and of a browser's form.
    access_key = s3._request_access_key(
        request.method, key, request.headers, request.query, request.body
    )
    _access.set(Access(access_key=access_key or "", bucket=bucket, key=key, method=request.method))
    return None


def _ask_writers(ask: Ask) -> None:
    resolve = s3._resolve_sse_write_headers

    def resolve_and_ask(headers: dict[str, str], bucket: str) -> Any:
        stored, error = resolve(headers, bucket)
        if error is not None or not (stored or {}).get(_KEY):
            return stored, error
        if headers.get(_BUCKET_KEY, _default_bucket_key(headers, bucket)) == "true":
            stored[_BUCKET_KEY] = "true"
        if added := headers.get(_CONTEXT):
            stored[_CONTEXT] = added
        access = _access.get()
        refused = access and ask(
            access, ("kms:GenerateDataKey",), _encryption(stored, bucket, access.key)
        )
        return (None, s3._error(*refused)) if refused else (stored, None)

    s3._resolve_sse_write_headers = resolve_and_ask


def _default_bucket_key(headers: Mapping[str, str], bucket: str) -> str:
    """Whether the bucket's own default makes a bucket key."""
    if headers.get(_SSE):
        return "false"
    return "true" if has_bucket_key(bucket) else "false"


def _encryption(stored: Mapping[str, str], bucket: str, key: str) -> Encryption:
    arn = f"arn:aws:s3:::{bucket}"
    added = stored.get(_CONTEXT)
    return Encryption(
        key=stored[_KEY],
        arn=arn if stored.get(_BUCKET_KEY) == "true" else f"{arn}/{key}",
        context=json.loads(base64.b64decode(added)) if added else {},
    )


def _ask_readers(ask: Ask) -> None:
    def asking(check: Callable[..., Any], place: Callable[[Any, Access], Any]) -> Any:
        def check_and_ask(headers: dict[str, str], record: dict[str, Any]) -> Any:
            error, access = check(headers, record), _access.get()
            stored = record.get("preserved_headers", {})
            if error is not None or access is None or not stored.get(_KEY):
                return error
            if (found := place(headers, access)) is None:
                return None
            refused = ask(access, ("kms:Decrypt",), _encryption(stored, *found))
            return s3._error(*refused) if refused else None

        return check_and_ask

    s3._check_sse_read_headers = asking(s3._check_sse_read_headers, _read_object)
    s3._check_sse_c_copy_source = asking(s3._check_sse_c_copy_source, _copied_object)
    # Each part is encrypted with the data key that the upload began with.
    s3._check_sse_c_part = asking(s3._check_sse_c_part, lambda _, one: (one.bucket, one.key))


def _read_object(headers: Mapping[str, str], access: Access) -> tuple[str, str] | None:
    """The object that is read: a HEAD reads nothing but metadata, unless it asks for checksums."""
    if access.method == "HEAD" and headers.get("x-amz-checksum-mode", "").upper() != "ENABLED":
        return None
    return access.bucket, access.key


def _copied_object(headers: Mapping[str, str], _access: Access) -> tuple[str, str]:
    source = unquote(headers.get("x-amz-copy-source", "")).lstrip("/").partition("?versionId=")[0]
    bucket, _, key = source.partition("/")
    return bucket, key


def deliver_streams_with(access_key_of: Callable[[str, str], str | None]) -> None:
    """Lets delivery streams write objects as their role.

    `access_key_of(role, object's ARN)` is the access key to write with, or None to write nothing.
    """
    deliver, put = firehose._deliver_to_s3, firehose._put_s3_object
    role: contextvars.ContextVar[str] = contextvars.ContextVar("localcloud_stream_role", default="")

    def deliver_as(stream: Any, destination: Any, *more: Any) -> None:
        role.set(destination["config"].get("RoleARN", ""))
        deliver(stream, destination, *more)

    def put_as(bucket: str, key: str, body: bytes) -> None:
        access_key = access_key_of(role.get(), f"arn:aws:s3:::{bucket}/{key}")
        if access_key is None:
            return
        token = _access.set(Access(access_key=access_key, bucket=bucket, key=key, method="PUT"))
        put(bucket, key, body)
        _access.reset(token)

    firehose._deliver_to_s3, firehose._put_s3_object = deliver_as, put_as
