"""Who approved a version: as many different people as the tenant asks for, none who trained it.

SageMaker knows who changed a version last; which person that is, `people` says. Each approval is
kept in the rollouts table, which only the pipeline writes, until enough people have approved or
somebody rejects.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from lambdas.common.aws import client
from lambdas.common.registry import APPROVED_BY, Version, VersionRefused
from lambdas.verify.people import UNKNOWN, is_session_of, last_changed_by, person
from terrace.errors import TerraceError
from terrace.events import APPROVED

_WAITING_SECONDS = 30 * 24 * 3600  # how long an approval waits for the next


class ApprovalRefused(TerraceError):
    """An approval by somebody whose approval does not count."""


@dataclass(frozen=True, kw_only=True)
class Approvals:
    """Who has approved a version so far.

    Attributes:
        needed: How many different people must.
    """

    by: Sequence[str]
    needed: int

    @property
    def enough(self) -> bool:
        """Whether the version may be rolled out."""
        return len(self.by) >= self.needed

    def __str__(self) -> str:
        """In words, for those who are told."""
        return (
            f"approved by {', '.join(self.by)}: {len(self.by)} of {self.needed} people who must "
            "approve it"
        )


def approved(version: Version, table: str, needed: int, *, link_role: str = "") -> Approvals:
    """Counts the approval that a version has just got.

    Args:
        version: It was approved by whoever changed it last.
        table: The tenant's rollouts table.
        needed: How many different people must approve.
        link_role: The role that changes a version for those who follow a link, if there is one.

    Raises:
        VersionRefused: It is not approved.
        ApprovalRefused: Nobody knows who approved it, or it is who trained it.
    """
    status = version.description.get("ModelApprovalStatus")
    if status != APPROVED:
        # Whoever starts the state machine by hand can say anything; the registry knows.
        raise VersionRefused(
            f"{version.arn} is {status} in the model registry; expected {APPROVED}"
        )
    who = _last_changed_by(version, link_role)
    if needed == 1:
        return Approvals(by=[who], needed=needed)
    if who == UNKNOWN:
        raise ApprovalRefused(
            f"{version.arn} was approved, and SageMaker does not tell by whom; expected somebody "
            f"who is known, since {needed} people must approve"
        )
    trained_by = version.description.get("CustomerMetadataProperties", {}).get("requested_by")
    if trained_by and who == person(trained_by):
        raise ApprovalRefused(
            f"{version.arn} was approved by {who}, who asked for its training; expected "
            f"{needed} other people"
        )
    kept = {"TableName": table, "Key": {"model": {"S": f"approvals of {version.arn}"}}}
    answer = client("dynamodb").update_item(
        **kept,
        UpdateExpression="ADD approvers :who SET expires = :end",
        ExpressionAttributeValues={
            ":who": {"SS": [who]},
            ":end": {"N": str(int(time.time()) + _WAITING_SECONDS)},
        },
        ReturnValues="ALL_NEW",
    )
    found = Approvals(by=sorted(answer["Attributes"]["approvers"]["SS"]), needed=needed)
    if found.enough:
        # Kept for good: a rollback to this version asks nobody again.
        client("dynamodb").update_item(**kept, UpdateExpression="REMOVE expires")
    return found


def _last_changed_by(version: Version, link_role: str) -> str:
    changed = version.description.get("LastModifiedBy") or {}
    if link_role and is_session_of(changed, link_role):
        # Nobody else can have said so: whoever writes the property is who changed it last.
        return person(version.property(APPROVED_BY))
    return last_changed_by(changed)
