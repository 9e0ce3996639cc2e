import json
from typing import Any

import pytest
from moto.sns.models import sns_backends
from pydantic import ValidationError

from lambdas.notify.handler import UnknownEvent, handler
from terrace.events import Detail, MonitorFailed

from .conftest import ACCOUNT, REGION, Cloud, Context

FAILED = MonitorFailed(
    tenant="north", model="tool-wear", monitor="data-quality", error="E", cause="bucket gone"
)


def event(told: Detail, /, **changes: Any) -> dict[str, Any]:
    given = {
        "version": "0",
        "id": "1",
        "source": "terrace",
        "detail-type": told.detail_type(),
        "detail": told.model_dump(mode="json"),
    }
    return given | changes


def sent(cloud: Cloud) -> list[Any]:
    topic = sns_backends[ACCOUNT][REGION].topics[cloud.environment.topic_arn]
    return list(topic.sent_notifications)


def test_an_event_reaches_the_tenants_topic_as_a_message(cloud: Cloud, context: Context) -> None:
    handler(event(FAILED), context)

    [(_, body, subject, attributes, _)] = sent(cloud)
    assert subject == "north/tool-wear: monitor data-quality failed"
    assert "bucket gone" in body
    values = {name: attribute["Value"] for name, attribute in attributes.items()}
    assert values == {"detail_type": "MonitorFailed", "model": "tool-wear"}


def test_a_subscriber_gets_the_message(cloud: Cloud, context: Context) -> None:
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    url = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    sns.subscribe(
        TopicArn=cloud.environment.topic_arn,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
    )

    handler(event(FAILED), context)

    [body] = cloud.received(url)
    assert json.loads(body)["Subject"] == "north/tool-wear: monitor data-quality failed"


@pytest.mark.parametrize("kind", ["Object Created", "monitorfailed", ""])
def test_an_event_of_an_unknown_type_is_an_error(cloud: Cloud, context: Context, kind: str) -> None:
    with pytest.raises(UnknownEvent, match="expected one of TrainingFailed"):
        handler(event(FAILED, **{"detail-type": kind}), context)
    assert sent(cloud) == []


def test_an_event_that_is_not_what_its_type_says_is_an_error(
    cloud: Cloud, context: Context
) -> None:
    with pytest.raises(ValidationError, match="monitor"):
        handler(event(FAILED, detail={"tenant": "north", "model": "tool-wear"}), context)


def test_an_event_of_another_tenant_is_not_told_to_this_one(cloud: Cloud, context: Context) -> None:
    foreign = FAILED.model_copy(update={"tenant": "south"})
    with pytest.raises(UnknownEvent, match="'south' on the bus of tenant 'north'"):
        handler(event(foreign), context)
    assert sent(cloud) == []
