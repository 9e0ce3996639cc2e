"""Notify: every event of the tenant's bus as one message that a person can read."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from lambdas.common.aws import client, environment
from lambdas.common.links import address
from lambdas.common.ownership import check_account, check_tenant
from lambdas.common.request import Payload
from terrace.errors import TerraceError
from terrace.events import DETAILS, Detail, VersionRegistered
from terrace.links import Links
from terrace.messages import Message, message, with_link

logger = Logger(service="notify")


class UnknownEvent(TerraceError):
    """An event that nobody was meant to be told of."""


class Event(Payload):
    """An EventBridge event, as far as it matters here."""

    detail_type: str = Field(alias="detail-type")
    detail: dict[str, Any]


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publishes the event's message to the tenant's topic."""
    told = environment()
    check_account(event, context)
    detail = parsed(Event.model_validate(event))
    words = message(detail)
    answer = client("sns").publish(
        TopicArn=told.topic_arn,
        Subject=words.subject,
        Message=words.body,
        MessageAttributes={
            "detail_type": {"DataType": "String", "StringValue": detail.detail_type()},
            "model": {"DataType": "String", "StringValue": detail.model},
        },
    )
    if isinstance(detail, VersionRegistered) and (links := told.links()):
        _tell_approvers(links, detail, words)
    logger.info("published", extra={"subject": words.subject})
    return {"message_id": answer["MessageId"]}


def _tell_approvers(links: Links, detail: VersionRegistered, words: Message) -> None:
    """Sends each of those who approve by link their own; the topic's filters keep them apart."""
    for person in links.people:
        link = address(links, detail.model_package_arn, person.email)
        told = with_link(words, link, links.hours)
        client("sns").publish(
            TopicArn=links.topic,
            Subject=told.subject,
            Message=told.body,
            MessageAttributes={
                "approver": {"DataType": "String", "StringValue": person.email},
            },
        )


def parsed(event: Event) -> Detail:
    """The event's detail.

    Raises:
        UnknownEvent: Its type is none of Terrace's.
        NotOwn: It is about another tenant.
        ValidationError: It is not what its type says.
    """
    if event.detail_type not in DETAILS:
        raise UnknownEvent(
            f"detail type got {event.detail_type!r}; expected one of {', '.join(DETAILS)}"
        )
    detail = DETAILS[event.detail_type].model_validate(event.detail)
    check_tenant(event.detail_type, detail.tenant)
    return detail
