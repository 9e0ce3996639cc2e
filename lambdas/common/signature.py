"""The signature of a version: what was registered is what training made, whoever changed what."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from lambdas.common.aws import client, says
from lambdas.common.registry import Version, VersionRefused

SIGNATURE = "signature"

# What is signed of a version's properties: all that a rollout goes by.
_SIGNED = ("artifact_sha256", "sample_uri", "baselines_uri")
_ALGORITHM = "ECDSA_SHA_256"


def signature(key_arn: str, group: str, artifact_uri: str, noted: Mapping[str, str]) -> str:
    """The signature of a version that is about to be registered, in base64."""
    message = _message(group, artifact_uri, noted)
    answer = client("kms").sign(**_asked(key_arn, message))
    return base64.b64encode(answer["Signature"]).decode()


def verified(key_arn: str, version: Version) -> None:
    """Sees to it that a version is as it was when it was registered.

    Raises:
        VersionRefused: It has no signature, or one of something else.
    """
    given = version.property(SIGNATURE)
    noted = {name: version.property(name) for name in _SIGNED}
    message = _message(version.names.model_package_group, version.artifact_uri, noted)
    if not _valid(key_arn, message, given):
        raise VersionRefused(
            f"{version.arn}: its signature is not that of {', '.join(_SIGNED)} and "
            f"{version.artifact_uri}, as registered. Somebody changed the version: do not deploy it"
        )


def _valid(key_arn: str, message: bytes, given: str) -> bool:
    try:
        made = base64.b64decode(given, validate=True)
    except binascii.Error:
        return False
    if not made:
        return False
    try:
        answer = client("kms").verify(**_asked(key_arn, message), Signature=made)
    except ClientError as error:
        if says(error, "KMSInvalidSignatureException"):
            return False
        raise
    return bool(answer["SignatureValid"])


def _message(group: str, artifact_uri: str, noted: Mapping[str, str]) -> bytes:
    return "\n".join([group, artifact_uri, *(noted[name] for name in _SIGNED)]).encode()


def _asked(key_arn: str, message: bytes) -> dict[str, Any]:
    return {
        "KeyId": key_arn,
        "Message": message,
        "MessageType": "RAW",
        "SigningAlgorithm": _ALGORITHM,
    }
