"""E-mails of SNS: files in the outbox, as RFC 5322 has them."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

from localcloud.delivery.topics.message import Desk

_SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
_DEFAULT_SUBJECT = "AWS Notification Message"
_CONFIRMATION_SUBJECT = "AWS Notification - Subscription Confirmation"


class Outbox:
    """The folder of e-mails that were sent."""

    def __init__(self, folder: Path, desk: Desk) -> None:
        self._folder, self._desk = folder, desk

    def ask(self, subscription: Mapping[str, Any]) -> None:
        """Asks a subscriber to confirm: the letter holds the link and the token."""
        link = self._desk.subscribe_url(subscription)
        if subscription["protocol"] == "email-json":
            text = json.dumps(self._desk.confirmation(subscription), indent=2)
        else:
            text = (
                f"You have chosen to subscribe to the topic:\n{subscription['topic_arn']}\n\n"
                f"To confirm this subscription, open this link:\n{link}\n\n"
                f"or call ConfirmSubscription with this token:\n{subscription['token']}\n\n"
                f"If you did not ask for it, no action is necessary.\n"
            )
        self._send(subscription["endpoint"], _CONFIRMATION_SUBJECT, text)

    def notify(self, subscription: Mapping[str, Any], envelope: Mapping[str, Any]) -> None:
        """Sends a message to a subscriber."""
        subject = envelope.get("Subject") or _DEFAULT_SUBJECT
        if subscription["protocol"] == "email-json":
            text = json.dumps(envelope, indent=2)
        else:
            text = (
                f"{envelope['Message']}\n\n--\n"
                f"To stop these notifications, open this link:\n{envelope['UnsubscribeURL']}\n"
            )
        self._send(subscription["endpoint"], subject, text)

    def _send(self, recipient: str, subject: str, text: str) -> None:
        letter = EmailMessage()
        letter["From"] = _SENDER
        letter["To"] = recipient
        letter["Subject"] = " ".join(subject.split())
        now = datetime.now(UTC)
        letter["Date"] = format_datetime(now)
        letter["Message-ID"] = make_msgid(domain="sns.amazonaws.com")
        letter.set_content(text)
        # Sorted by name, the letters are in the order in which they were sent.
        name = f"{now:%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex[:8]}"
        unfinished = self._folder / f"{name}.new"
        unfinished.write_bytes(letter.as_bytes())
        unfinished.rename(self._folder / f"{name}.eml")
