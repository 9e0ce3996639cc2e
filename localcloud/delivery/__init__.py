"""What leaves the cloud: e-mails, into a local outbox."""

from localcloud.config import Config
from localcloud.delivery.outbox import Outbox
from localcloud.hooks.topics import send_email_with


def install(config: Config) -> None:
    """Sends every e-mail to the outbox."""
    send_email_with(Outbox(config.outbox).send)
