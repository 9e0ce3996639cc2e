"""Objects: who writes one needs `kms:GenerateDataKey`, who reads one needs `kms:Decrypt`."""

import logging

from localcloud import access
from localcloud.hooks.objects import Access, Encryption, ask_with, deliver_streams_with
from localcloud.keys.uses import Reason, Use, refuse_caller

_STREAMS = "firehose.amazonaws.com"
_ERRORS = {
    Reason.DENIED: ("AccessDenied", 403),
    Reason.DISABLED: ("KMS.DisabledException", 400),
    Reason.INVALID_STATE: ("KMS.KMSInvalidStateException", 400),
    Reason.NOT_FOUND: ("KMS.NotFoundException", 400),
}
_log = logging.getLogger("localcloud")


def install() -> None:
    """Asks whenever an object is encrypted or decrypted."""
    ask_with(_ask)
    deliver_streams_with(_stream_access_key)


def _ask(
    accessing: Access, actions: tuple[str, ...], encryption: Encryption
) -> tuple[str, str, int] | None:
    use = Use(
        service="s3",
        key=encryption.key,
        actions=actions,
        encryption_context={**encryption.context, "aws:s3:arn": encryption.arn},
    )
    refused = refuse_caller(accessing.access_key, use)
    if refused is None:
        return None
    _log.info("s3://%s/%s: %s", accessing.bucket, accessing.key, refused.message)
    code, status = _ERRORS[refused.reason]
    return code, refused.message, status


def _stream_access_key(role_arn: str, object_arn: str) -> str | None:
    refused = access.role_denial(role_arn, _STREAMS, "s3:PutObject", object_arn)
    if refused:
        _log.warning("a delivery stream cannot write %s: %s", object_arn, refused)
        return None
    return access.role_access_key(role_arn, _STREAMS)
