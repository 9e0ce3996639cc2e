"""The outbox: each e-mail that SNS sends is a file that any mail program opens."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

DEFAULT_SUBJECT = "AWS Notification Message"  # what SNS writes where a message has no subject


class Outbox:
    """A folder of `.eml` files, named so that they sort by time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, address: str, topic_arn: str, message_id: str, subject: str, text: str) -> None:
        """Writes one e-mail; it appears whole or not at all."""
        now = datetime.now(UTC)
        letter = EmailMessage()
        letter["From"] = "AWS Notifications <no-reply@sns.amazonaws.com>"
        letter["To"] = address
        letter["Subject"] = " ".join((subject or DEFAULT_SUBJECT).split())
        letter["Date"] = format_datetime(now)
        letter["Message-ID"] = f"<{message_id}@sns.amazonaws.com>"
        letter["X-Amz-Sns-Topic-Arn"] = topic_arn
        letter.set_content(text)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{now:%Y%m%dT%H%M%S.%fZ}-{message_id}-{address}.eml"
        partial = path.with_suffix(".partial")
        partial.write_bytes(bytes(letter))
        partial.rename(path)
