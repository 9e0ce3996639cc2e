"""SNS: who must confirm a subscription, and who brings a message to a subscriber."""

import contextvars
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.arn import parse_arn
from ministack.core.responses import request_scope
from ministack.services import sns, sqs
from ministack.services.cloudformation import provisioners

Subscription = dict[str, Any]
# (subscription, message's parts by their names in `_fanout`)
Deliver = Callable[[Subscription, Mapping[str, Any]], None]

CONFIRMED = ("http", "https", "email", "email-json")
_PENDING = b"pending confirmation"
_TYPES = ("AWS::SNS::Topic", "AWS::SNS::Subscription")


def confirm_with(ask: Callable[[Subscription], None]) -> None:
    """Lets `ask` write to each new subscriber by HTTP or e-mail, who must confirm."""
    subscribe = sns._subscribe

    def subscribe_and_ask(params: Any) -> Any:
        given = sns._p(params, "Protocol"), sns._p(params, "Endpoint")
        topic, _ = sns._get_topic(sns._p(params, "TopicArn"))
        known = [one for one in (topic or {}).get("subscriptions", []) if _is(one, *given)]
        answer = subscribe(params)
        _ask_new(ask)
        pending = [one for one in (topic or {}).get("subscriptions", [])
                   if _is(one, *given) and not one["confirmed"]]  # fmt: skip
        if pending and known:
            ask(pending[0])
        if pending and sns._p(params, "ReturnSubscriptionArn") != "true":
            status, headers, body = answer
            return status, headers, body.replace(pending[0]["arn"].encode(), _PENDING)
        return answer

    sns._subscribe = subscribe_and_ask
    sns._send_subscription_confirmation = _already_asked
    _ask_after_stacks(ask)
    _hide_pending()


async def _already_asked(*_args: Any) -> None:
    """MiniStack's own confirmation goes to HTTP alone."""


def _is(subscription: Subscription, protocol: str, endpoint: str) -> bool:
    return bool(subscription["protocol"] == protocol and subscription["endpoint"] == endpoint)


def _ask_new(ask: Callable[[Subscription], None]) -> None:
    for topic in list(sns._topics._data.values()):
        for subscription in topic["subscriptions"]:
            if subscription["protocol"] in CONFIRMED and "asked" not in subscription:
                token = subscription.get("token") or secrets.token_hex(64)
                subscription.update(asked=True, confirmed=False, token=token)
                pending = {"PendingConfirmation": "true", "ConfirmationWasAuthenticated": "false"}
                subscription["attributes"].update(pending)
                sns._refresh_subscription_counts(topic)
                ask(subscription)


def _ask_after_stacks(ask: Callable[[Subscription], None]) -> None:
    """Stacks subscribe without `Subscribe`."""

    def then_ask(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **options: Any) -> Any:
            result = change(*args, **options)
            _ask_new(ask)
            return result

        return changed

    for kind in _TYPES:
        handlers = provisioners._RESOURCE_HANDLERS[kind]
        handlers["create"] = then_ask(handlers["create"])
        handlers["update"] = then_ask(handlers["update"])


def _hide_pending() -> None:
    """A subscription that waits is listed without its ARN."""

    def hidden(listed: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def answer(params: Any) -> Any:
            status, headers, body = listed(params)
            for topic in list(sns._topics._data.values()):
                for one in topic["subscriptions"]:
                    if not one["confirmed"]:
                        body = body.replace(f">{one['arn']}<".encode(), b">PendingConfirmation<")
            return status, headers, body

        return answer

    sns._list_subscriptions = hidden(sns._list_subscriptions)
    sns._list_subscriptions_by_topic = hidden(sns._list_subscriptions_by_topic)


def confirm(subscription: Subscription) -> None:
    """Confirms a subscription in its subscriber's place."""
    with request_scope(*_scope(subscription["topic_arn"])):
        sns._confirm_subscription(
            {"TopicArn": subscription["topic_arn"], "Token": subscription["token"]}
        )


def _scope(arn: str) -> tuple[str, str]:
    spec = parse_arn(arn)
    return spec.account_id, spec.region


def deliver_with(deliver: Deliver) -> None:
    """Lets `deliver` bring each message to each confirmed subscriber whose filter lets it pass."""

    def fanout(topic_arn: str, msg_id: str, message: str, subject: str,
               message_structure: str = "", message_attributes: Any = None,
               message_group_id: str = "", message_dedup_id: str = "") -> None:  # fmt: skip
        topic = sns._topic_by_arn_any_scope(topic_arn) or {}
        attributes = message_attributes or {}
        for subscription in list(topic.get("subscriptions", [])):
            protocol = subscription["protocol"]
            text = sns._resolve_message_for_protocol(message, message_structure, protocol)
            if not subscription["confirmed"]:
                continue
            if not sns._matches_filter_policy(subscription, attributes, text):
                continue
            parts = {
                "topic_arn": topic_arn,
                "message_id": msg_id,
                "text": text,
                "subject": subject or None,
                "attributes": attributes,
                "group_id": message_group_id,
                "deduplication_id": message_dedup_id,
            }
            with request_scope(*_scope(topic_arn)):
                contextvars.copy_context().run(deliver, subscription, parts)

    sns._fanout = fanout


def topic_attribute(topic_arn: str, name: str, default: str = "") -> str:
    """An attribute of a topic."""
    topic = sns._topic_by_arn_any_scope(topic_arn) or {}
    return str(topic.get("attributes", {}).get(name) or default)


def send_to_queue(queue_arn: str, envelope: str, parts: Mapping[str, Any], *, raw: bool) -> bool:
    """Sends a message to a queue; False where there is none, or it does not let the topic in."""
    topic_arn = parts["topic_arn"]
    account, _region = _scope(topic_arn)
    if sqs._queue_by_arn(queue_arn) is None or not sqs.queue_policy_allows(
        queue_arn, "sns.amazonaws.com", topic_arn, account
    ):
        return False
    sns._deliver_to_sqs(
        queue_arn,
        envelope,
        raw,
        parts["text"],
        message_group_id=parts["group_id"],
        message_dedup_id=parts["deduplication_id"],
        message_attributes=parts["attributes"],
        topic_arn=topic_arn,
    )
    return True


def dead_letter_queue(subscription: Subscription) -> str | None:
    """Where a subscription's undelivered messages go."""
    policy = subscription["attributes"].get("RedrivePolicy")
    found = json.loads(policy).get("deadLetterTargetArn") if policy else None
    return str(found) if found else None


def publish(topic_arn: str, text: str, subject: str) -> bool:
    """Publishes a message as a service of AWS; False where there is no such topic."""
    try:
        return sns.publish_internal(topic_arn, text, subject) is not None
    except sns.SnsPublishError:
        return False
