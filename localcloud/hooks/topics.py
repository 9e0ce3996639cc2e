"""SNS: what is sent to a topic's e-mail subscribers."""

from collections.abc import Callable
from typing import Any

from ministack.services import sns

# (address, topic ARN, message id, subject, message)
Send = Callable[[str, str, str, str, str], None]


def send_email_with(send: Send) -> None:
    """Lets `send` deliver to e-mail subscribers; MiniStack only notes that it would."""
    fanout = sns._fanout

    def deliver(
        topic_arn: str,
        message_id: str,
        message: str,
        subject: str,
        structure: str = "",
        attributes: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        fanout(topic_arn, message_id, message, subject, structure, attributes, **more)
        topic = sns._topic_by_arn_any_scope(topic_arn)
        for subscription in topic["subscriptions"] if topic else []:
            if not subscription.get("confirmed") or subscription.get("protocol") != "email":
                continue
            text = sns._resolve_message_for_protocol(message, structure, "email")
            if sns._matches_filter_policy(subscription, attributes or {}, text):
                send(subscription["endpoint"], topic_arn, message_id, subject, text)

    sns._fanout = deliver
