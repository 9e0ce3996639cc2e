"""A message of SNS as its subscribers get it.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localcloud.delivery.topics.signing import Signer
from localcloud.errors import LocalCloudError


class Undelivered(LocalCloudError):
    """A message that its subscriber could not be given."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where SNS is reached, and with what it signs."""

    endpoint_url: str
    signer: Signer

    @property
    def certificate_path(self) -> str:
        """Where subscribers find the certificate."""
        return "/SimpleNotificationService-localcloud.pem"

    def confirmation(self, subscription: Mapping[str, Any]) -> dict[str, Any]:
        """The message that asks a new subscriber to confirm."""
        topic_arn, token = subscription["topic_arn"], subscription["token"]
        return self._signed(
            {
                "Type": "SubscriptionConfirmation",
                "MessageId": str(uuid.uuid4()),
                "Token": token,
                "TopicArn": topic_arn,
                "Message": f"You have chosen to subscribe to the topic {topic_arn}.\n"
                "To confirm the subscription, visit the SubscribeURL included in this message.",
                "SubscribeURL": self.subscribe_url(subscription),
                "Timestamp": _now(),
            },
            "1",
        )

    def notification(self, subscription_arn: str, parts: Mapping[str, Any], version: str
                     ) -> dict[str, Any]:  # fmt: skip
        """A published message; `version` is the topic's of the signature."""
        message = {
            "Type": "Notification",
            "MessageId": parts["message_id"],
            "TopicArn": parts["topic_arn"],
            "Message": parts["text"],
            "Timestamp": _now(),
        }
        if parts["subject"]:
            message["Subject"] = parts["subject"]
        unsubscribe = f"{self.endpoint_url}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"
        signed = self._signed(message, version) | {"UnsubscribeURL": unsubscribe}
        attributes = {
            name: {
                "Type": one.get("DataType", "String"),
                "Value": one.get("StringValue") or one.get("BinaryValue", ""),
            }
            for name, one in parts["attributes"].items()
        }
        return signed | ({"MessageAttributes": attributes} if attributes else {})

    def subscribe_url(self, subscription: Mapping[str, Any]) -> str:
        """The link that confirms a subscription."""
        return (
            f"{self.endpoint_url}/?Action=ConfirmSubscription"
            f"&TopicArn={subscription['topic_arn']}&Token={subscription['token']}"
        )

    def _signed(self, message: dict[str, str], version: str) -> dict[str, Any]:
        return message | {
            "SignatureVersion": version,
            "Signature": self.signer.sign(message, version),
            "SigningCertURL": f"{self.endpoint_url}{self.certificate_path}",
        }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
