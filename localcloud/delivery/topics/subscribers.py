"""Brings SNS's messages to their subscribers; the undelivered go to the redrive queue."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud import access
from localcloud.delivery import encryption
from localcloud.delivery.topics.letters import Outbox
from localcloud.delivery.topics.message import Desk, Undelivered
from localcloud.delivery.topics.posts import post
from localcloud.hooks import functions
from localcloud.hooks import topics as hooks

PRINCIPAL = "sns.amazonaws.com"
_log = logging.getLogger("localcloud")


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One message for one subscriber."""

    subscription: hooks.Subscription
    parts: Mapping[str, Any]
    envelope: Mapping[str, Any]

    @property
    def is_raw(self) -> bool:
        """Whether the subscriber wants the text alone."""
        return bool(self.subscription["attributes"].get("RawMessageDelivery") == "true")

    def send_to_queue(self, arn: str, *, raw: bool) -> None:
        """Puts it into a queue.

        Raises:
            Undelivered: There is no such queue, or it does not let the topic in.
        """
        topic_arn = self.parts["topic_arn"]
        if refused := encryption.refusal(PRINCIPAL, arn, topic_arn):
            raise Undelivered(refused)
        if not hooks.send_to_queue(arn, json.dumps(self.envelope), self.parts, raw=raw):
            raise Undelivered(f"there is no queue {arn}, or its policy does not let {PRINCIPAL} in")

    def call(self) -> None:
        """Invokes the subscribed function, without waiting for it.

        Raises:
            Undelivered: There is no such function, or it does not let the topic in.
        """
        arn, topic_arn = self.subscription["endpoint"], self.parts["topic_arn"]
        if not access.service_may(PRINCIPAL, "lambda:InvokeFunction", arn, topic_arn):
            raise Undelivered(f"no policy of {arn} lets {PRINCIPAL} invoke it for {topic_arn}")
        record = functions.find(arn)
        if record is None:
            raise Undelivered(f"there is no function {arn}")
        sent = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": self.subscription["arn"],
            "Sns": {"Subject": None, "MessageAttributes": {}} | _as_event(self.envelope),
        }
        functions.enqueue(record, {"Records": [sent]})


def _as_event(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Functions get two members in another spelling than other subscribers."""
    spelled = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    return {spelled.get(name, name): value for name, value in envelope.items()}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """SNS's deliveries."""

    desk: Desk
    outbox: Outbox
    confirms_emails: bool

    def ask(self, subscription: hooks.Subscription) -> None:
        """Asks a new subscriber to confirm."""
        if subscription["protocol"].startswith("email"):
            self.outbox.ask(subscription)
            if self.confirms_emails:
                hooks.confirm(subscription)
            return
        message = self.desk.confirmation(subscription)
        _in_background(lambda: _told(subscription, lambda: post(subscription, message, raw=False)))

    def deliver(self, subscription: hooks.Subscription, parts: Mapping[str, Any]) -> None:
        """Brings one message to one subscriber."""
        version = hooks.topic_attribute(parts["topic_arn"], "SignatureVersion", "1")
        envelope = self.desk.notification(subscription["arn"], parts, version)
        parcel = Parcel(subscription=subscription, parts=parts, envelope=envelope)
        match subscription["protocol"]:
            case "sqs":
                queue = subscription["endpoint"]
                _redriving(parcel, lambda: parcel.send_to_queue(queue, raw=parcel.is_raw))
            case "lambda":
                _redriving(parcel, parcel.call)
            case "http" | "https":
                _in_background(
                    lambda: _redriving(
                        parcel, lambda: post(subscription, envelope, raw=parcel.is_raw)
                    )
                )
            case "email" | "email-json":
                self.outbox.notify(subscription, envelope)
            case other:
                _log.warning("%s: nobody delivers by %s here", subscription["arn"], other)


def _redriving(parcel: Parcel, deliver: Callable[[], None]) -> None:
    """Delivers, or else puts the message into the subscription's dead-letter queue."""
    if _told(parcel.subscription, deliver):
        return
    if queue := hooks.dead_letter_queue(parcel.subscription):
        _told(parcel.subscription, lambda: parcel.send_to_queue(queue, raw=False))


def _told(subscription: hooks.Subscription, deliver: Callable[[], None]) -> bool:
    """Whether it was delivered; the server's log tells why not."""
    try:
        deliver()
    except Undelivered as error:
        _log.warning("%s is not delivered: %s", subscription["arn"], error)
        return False
    return True


def _in_background(send: Callable[[], Any]) -> None:
    threading.Thread(target=send, daemon=True).start()
