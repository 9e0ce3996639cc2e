"""The signature of SNS's messages, and the certificate that proves it.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

_KEY_BITS = 2048
_SIGNED = (
    "Message",
    "MessageId",
    "Subject",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)


class Signer:
    """A key and its self-signed certificate, for as long as the server runs."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        self.certificate = self._certified()

    def sign(self, message: Mapping[str, str], version: str) -> str:
        """The signature of a message, in base 64; version 1 is with SHA-1, 2 with SHA-256."""
        algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303 - as AWS
        given = string_to_sign(message).encode()
        return base64.b64encode(self._key.sign(given, padding.PKCS1v15(), algorithm)).decode()

    def _certified(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM)


def string_to_sign(message: Mapping[str, str]) -> str:
    """The members that count, sorted, each with its name, a line each.

    >>> string_to_sign({"Type": "Notification", "Message": "x", "Signature": "?"})
    'Message\\nx\\nType\\nNotification\\n'
    """
    return "".join(f"{name}\n{message[name]}\n" for name in _SIGNED if name in message)
