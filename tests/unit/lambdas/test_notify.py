import json
import re
from typing import Any

import pytest
from moto.sns.models import sns_backends
from pydantic import ValidationError

from lambdas.common.ownership import NotOwn
from lambdas.notify.handler import UnknownEvent, handler
from terrace.approval_settings import Approver
from terrace.events import Detail, MonitorFailed, VersionRegistered
from terrace.links import Links

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
    with pytest.raises(NotOwn, match="'south'; expected 'north'"):
        handler(event(foreign), context)
    assert sent(cloud) == []


def test_each_who_approves_by_link_gets_their_own(
    cloud: Cloud, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = cloud.client("sns").create_topic(Name="terrace--north--approvers")["TopicArn"]
    key = cloud.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    people = (Approver(email="ada@example.org"), Approver(email="bob@example.org"))
    links = Links(
        key=key["KeyMetadata"]["Arn"], url="https://api/decision", topic=topic, hours=3,
        people=people,
    )  # fmt: skip
    monkeypatch.setenv("TERRACE_APPROVAL_LINKS", links.model_dump_json())
    registered = VersionRegistered(
        tenant="north",
        model="tool-wear",
        execution="arn:e",
        model_package_arn="arn:aws:sagemaker:eu-west-1:1:model-package/north--tool-wear/4",
        version=4,
        reason="by hand",
        metrics={},
    )

    handler(event(registered), context)
    handler(event(FAILED), context)

    told = sns_backends[ACCOUNT][REGION].topics[topic].sent_notifications
    addresses = [attributes["approver"]["Value"] for _, _, _, attributes, _ in told]
    assert addresses == [person.email for person in people]
    found = [re.search(r"https://api/decision\?token=\S+", body) for _, body, _, _, _ in told]
    assert all(found)
    assert len({match.group() for match in found if match}) == 2
    assert "within 3 hours" in told[0][1]
    assert not any("token=" in body for _, body, _, _, _ in sent(cloud))
