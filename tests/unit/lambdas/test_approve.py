"""People approve by a link of their own: signed, for one version, once, and for a while."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from lambdas.approve import handler as approve
from lambdas.common import links as common
from lambdas.common.links import address
from terrace.approval_settings import Approver
from terrace.links import Link, Links

from .conftest import Cloud, Context

TABLE = "terrace--north--rollouts"
ADA = Approver(email="ada@example.org", principal="arn:aws:iam::123456789012:user/ada")
BOB = Approver(email="bob@example.org")
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/north--tool-wear/3"


class Registry:
    """SageMaker's registry, as far as the function asks it."""

    def __init__(self) -> None:
        self.status = "PendingManualApproval"
        self.changes: list[dict[str, Any]] = []
        self.broken = False

    def describe_model_package(self, **_: Any) -> dict[str, Any]:
        return {
            "ModelPackageGroupName": "north--tool-wear",
            "ModelPackageVersion": 3,
            "ModelApprovalStatus": self.status,
            "CustomerMetadataProperties": {"reason": "<b>drift</b>", "requested_by": "carol"},
        }

    def update_model_package(self, **given: Any) -> None:
        if self.broken:
            raise ConnectionError("SageMaker is away")
        self.changes.append(given)
        self.status = given["ModelApprovalStatus"]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    made = Registry()
    others = approve.client
    for module in ("lambdas.approve.handler", "lambdas.common.registry"):
        monkeypatch.setattr(
            f"{module}.client", lambda name: made if name == "sagemaker" else others(name)
        )
    return made


@pytest.fixture
def links(cloud: Cloud, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Links]:
    kms = cloud.client("kms")
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    made = Links(
        key=key["KeyMetadata"]["Arn"],
        url="https://api.example/v1/decision",
        topic="arn:aws:sns:eu-west-1:123456789012:terrace--north--approvers",
        hours=2,
        people=(ADA, BOB),
    )
    monkeypatch.setenv("TERRACE_APPROVAL_LINKS", made.model_dump_json())
    cloud.client("dynamodb").create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "model", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "model", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return made


def followed(link: str, **form: str) -> tuple[int, str]:
    """The status and the page behind a link, or behind its buttons where a form is given."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    event = {
        "httpMethod": "POST" if form else "GET",
        "queryStringParameters": query,
        "body": urlencode(form),
    }
    answer = approve.handler(event, Context())
    assert answer["headers"]["Cache-Control"] == "no-store"
    return answer["statusCode"], answer["body"]


def test_a_link_shows_the_version_and_changes_nothing(links: Links, registry: Registry) -> None:
    link = address(links, ARN, ADA.email)
    for _ in range(2):  # a mail program's own look does not use it up
        status, page = followed(link)
        assert status == 200
        assert "version 3 of tool-wear waits" in page
        assert "&lt;b&gt;drift" in page
        assert re.findall(r'value="(\w+)"', page) == ["approve", "reject"]
    assert registry.changes == []


def test_its_button_approves_in_the_persons_name(links: Links, registry: Registry) -> None:
    status, page = followed(address(links, ARN, ADA.email), decision="approve", reason="looks good")
    assert (status, "is approved" in page) == (200, True)
    assert registry.changes == [
        {
            "ModelPackageArn": ARN,
            "ModelApprovalStatus": "Approved",
            "ApprovalDescription": "ada@example.org, by link: looks good",
            "CustomerMetadataProperties": {"approved_by": ADA.principal},
        }
    ]


def test_the_other_rejects(links: Links, registry: Registry) -> None:
    assert followed(address(links, ARN, BOB.email), decision="reject")[0] == 200
    (change,) = registry.changes
    assert change["ModelApprovalStatus"] == "Rejected"
    assert change["CustomerMetadataProperties"] == {"approved_by": BOB.email}
    assert "no reason was given" in change["ApprovalDescription"]


def test_a_link_is_used_once(links: Links, registry: Registry) -> None:
    link = address(links, ARN, ADA.email)
    followed(link, decision="approve")
    registry.status = "PendingManualApproval"  # sent back, to wait for another person
    for form in ({}, {"decision": "approve"}):
        status, page = followed(link, **form)
        assert (status, "used before" in page) == (409, True)
    assert len(registry.changes) == 1
    assert followed(address(links, ARN, BOB.email), decision="approve")[0] == 200


def test_two_at_the_same_moment_are_one(links: Links, registry: Registry) -> None:
    link = address(links, ARN, ADA.email)
    token = parse_qs(urlsplit(link).query)["token"][0]
    read, _ = Link.read({"token": token})
    approve.once.take("north", read)
    with pytest.raises(approve.LinkRefused, match="used before"):
        approve.once.take("north", read)


def test_a_link_that_led_to_nothing_can_be_used_again(links: Links, registry: Registry) -> None:
    link, registry.broken = address(links, ARN, ADA.email), True
    with pytest.raises(ConnectionError):
        followed(link, decision="approve")
    registry.broken = False
    assert followed(link, decision="approve")[0] == 200


def test_a_link_ends(links: Links, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    link, began = address(links, ARN, ADA.email), common.time.time()
    monkeypatch.setattr(common.time, "time", lambda: began + 2 * 3600 + 1)
    status, page = followed(link, decision="approve")
    assert (status, "for 2 hours" in page) == (410, True)
    assert registry.changes == []


def test_a_link_for_something_else_is_not_ours(links: Links, registry: Registry) -> None:
    token = parse_qs(urlsplit(address(links, ARN, ADA.email)).query)["token"][0]
    link, mac = Link.read({"token": token})
    forged = link.model_copy(update={"email": BOB.email}).token(mac)
    for given in (forged, token[:-4], token.split(".")[0], "a.b", "", "%"):
        status, _ = followed(f"{links.url}?{urlencode({'token': given})}", decision="approve")
        assert status == 403, given
    assert registry.changes == []


def test_who_left_approves_no_more(
    links: Links, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = address(links, ARN, BOB.email)
    fewer = links.model_copy(update={"people": (ADA,)})
    monkeypatch.setenv("TERRACE_APPROVAL_LINKS", fewer.model_dump_json())
    status, page = followed(link, decision="approve")
    assert (status, "any more" in page) == (403, True)
    monkeypatch.delenv("TERRACE_APPROVAL_LINKS")
    assert followed(link)[0] == 404


def test_what_is_decided_already_is_told(links: Links, registry: Registry) -> None:
    registry.status = "Rejected"
    status, page = followed(address(links, ARN, ADA.email))
    assert (status, "Version 3 is Rejected already" in page) == (409, True)


def test_another_word_decides_nothing(links: Links, registry: Registry) -> None:
    link = address(links, ARN, ADA.email)
    assert followed(link, decision="maybe")[0] == 400
    assert followed(link, decision="approve")[0] == 200  # and used nothing up
