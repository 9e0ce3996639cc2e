"""Approve: the page behind a link, and the decision that is made on it.

A link is asked for by `GET`, which changes nothing: mail programs follow links by themselves. The
page's buttons decide by `POST`. What a person decides is written into the model registry, as if
they had done so in SageMaker's console; the rest is the approval state machine's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.approve import once, pages
from lambdas.common.aws import client, environment
from lambdas.common.links import checked
from lambdas.common.registry import APPROVED_BY, Version, as_noted, version
from lambdas.common.request import Payload
from terrace.approval_settings import Approver
from terrace.events import APPROVED
from terrace.links import Link, LinkRefused, Links

logger = Logger(service="approve")

_PENDING = "PendingManualApproval"
_DECISIONS = {"approve": APPROVED, "reject": "Rejected"}
_LONGEST_REASON = 500


class NoLinks(LinkRefused):
    """The tenant has no links."""


class Event(Payload):
    """A request as API Gateway hands it on."""

    httpMethod: str  # noqa: N815  # AWS's name
    queryStringParameters: dict[str, str] | None = None  # noqa: N815
    body: str | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A link that was followed: who it is, and about which version."""

    link: Link
    person: Approver
    version: Version


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """The page, in the form of Lambda's proxy integration."""
    request = Event.model_validate(event)
    try:
        asked = _asked(environment().links(), request.queryStringParameters)
        if request.httpMethod != "POST":
            return pages.answer(200, pages.question(asked.version, asked.person))
        decision = _decided(asked, parse_qs(request.body or ""))
    except LinkRefused as refused:
        logger.info("refused", extra={"status": refused.status, "reason": str(refused)})
        return pages.answer(refused.status, pages.refusal(str(refused)))
    return pages.answer(200, pages.thanks(asked.version, decision))


def _asked(links: Links | None, query: Mapping[str, str] | None) -> Asked:
    if links is None:
        raise NoLinks(404, "Nobody approves by link here any more")
    tenant, link = environment().tenant, checked(links, query)
    person = links.person(link.email)
    if once.used(tenant, link):
        raise LinkRefused(409, "This link was used before; it can be used once")
    asked = Asked(link=link, person=person, version=version(link.arn, tenant))
    status = asked.version.description.get("ModelApprovalStatus")
    if status != _PENDING:
        raise LinkRefused(409, f"Version {asked.version.number} is {status} already")
    return asked


def _decided(asked: Asked, form: Mapping[str, list[str]]) -> str:
    decision = _DECISIONS.get(form.get("decision", [""])[0])
    if decision is None:
        raise LinkRefused(400, f"The decision must be one of {', '.join(_DECISIONS)}")
    reason = form.get("reason", ["no reason was given"])[0][:_LONGEST_REASON]
    tenant, identity = environment().tenant, asked.person.identity
    once.take(tenant, asked.link)
    try:
        client("sagemaker").update_model_package(
            ModelPackageArn=asked.version.arn,
            ModelApprovalStatus=decision,
            ApprovalDescription=f"{asked.person.email}, by link: {reason}",
            CustomerMetadataProperties={APPROVED_BY: as_noted(identity)},
        )
    except Exception:
        once.give_back(tenant, asked.link)
        raise
    logger.info("decided", extra={"by": identity, "decision": decision, "arn": asked.link.arn})
    return decision
