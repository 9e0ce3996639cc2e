"""The details of the events on a tenant's bus, shared by those who put and those who receive.

The detail type of each event is its class's name, the source is `SOURCE`.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SOURCE = "terrace"

APPROVED = "Approved"  # SageMaker's word for it
UNTESTED = "WithoutShadowTest"  # in the decision of somebody who goes back
Outcome = Literal[
    "deployed",
    "already-deployed",
    "older",
    "awaiting-approval",
    "rejected",
    "refused",
    "rolled-back",
    "failed",
]


def way_back(model_package_arn: str, why: str) -> dict[str, Any]:
    """What starts the approval state machine to go back, as the registry's own event would."""
    return {
        "detail": {
            "ModelPackageArn": model_package_arn,
            "ModelApprovalStatus": APPROVED,
            "ApprovalDescription": why,
            UNTESTED: True,
        }
    }


class Detail(BaseModel):
    """What every event tells: whose model it is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: str
    model: str

    @classmethod
    def detail_type(cls) -> str:
        """The event's detail type."""
        return cls.__name__


class TrainingFailed(Detail):
    """A training execution ended with an error."""

    execution: str
    error: str
    cause: str


class VersionRefused(Detail):
    """The gate refused a trained version; nothing was registered."""

    execution: str
    reasons: tuple[str, ...]


class VersionRegistered(Detail):
    """A version waits in the model registry for a person's approval."""

    execution: str
    model_package_arn: str
    version: int
    reason: str
    metrics: dict[str, dict[str, float | None]]
    verdicts: tuple[str, ...] = ()  # of the gate
    data: tuple[str, ...] = ()  # what is new in them


class RolloutFinished(Detail):
    """An approved or rejected version was dealt with."""

    model_package_arn: str
    version: int
    outcome: Outcome
    reason: str


class Window(BaseModel):
    """A stretch of captured traffic: `start` counts, `end` no longer does (both UTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: datetime
    end: datetime


class Violated(BaseModel):
    """One constraint that a window violated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature: str
    check: str
    description: str
    value: float | None = None
    threshold: float | None = None


class ViolationsFound(Detail):
    """A monitor found violations in a window."""

    monitor: str
    version: int
    endpoint: str
    window: Window
    records: int
    quarantined: int
    violations: tuple[Violated, ...] = Field(min_length=1)
    violation_count: int
    report: str


class MonitorFailed(Detail):
    """A monitor could not do its work."""

    monitor: str
    error: str
    cause: str


DETAILS: dict[str, type[Detail]] = {
    detail.detail_type(): detail
    for detail in (
        TrainingFailed,
        VersionRefused,
        VersionRegistered,
        RolloutFinished,
        ViolationsFound,
        MonitorFailed,
    )
}
