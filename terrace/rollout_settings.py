"""How the traffic goes over to a new version, and how long AWS lets that take."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from terrace.setting import Setting

_DEPLOYMENT = timedelta(hours=8)  # SageMaker's limit of MaximumExecutionTimeoutInSeconds
START = timedelta(hours=1)  # that new instances may take to serve
_ALIAS_UPDATE = timedelta(hours=2)  # CloudFormation's registry: AWS::Lambda::Alias, update
_SPARE = timedelta(minutes=10)  # of it, for everything but waiting


def _minutes(duration: timedelta) -> str:
    return f"{duration // timedelta(minutes=1)} minutes"


class Shift(Setting):
    """How the traffic goes over to a new version, while alarms are watched that undo it."""

    traffic: Literal["all-at-once", "canary", "linear"] = "all-at-once"
    percent: int = Field(
        10, ge=1, le=50, description="Of the traffic: the canary's share, or that of each step."
    )
    wait_minutes: int = Field(
        5, ge=1, le=60, description="How long the canary, or each step, is watched."
    )
    least_requests: int = Field(
        1, ge=0, description="Of its own; a version that got fewer while it was watched goes back."
    )

    @model_validator(mode="after")
    def _steps_are_few(self) -> Self:
        if self.traffic == "linear" and self.percent < 10:
            raise ValueError(
                f"percent {self.percent} of a linear shift; expected 10 to 50 (AWS: each step is "
                "10-50 % of the instances)"
            )
        return self

    @property
    def is_watched(self) -> bool:
        """Whether somebody must have asked the new version before it may stay."""
        return self.traffic != "all-at-once" and self.least_requests > 0

    @property
    def lasts(self) -> timedelta:
        """How long traffic goes over, and old and new are beside each other."""
        match self.traffic:
            case "all-at-once":
                steps = 0
            case "canary":
                steps = 1
            case "linear":
                steps = -(-100 // self.percent)
        return timedelta(minutes=steps * self.wait_minutes)


class AliasShift(Shift):
    """The same of a function, whose alias CloudFormation has CodeDeploy move."""

    @model_validator(mode="after")
    def _cloudformation_waits(self) -> Self:
        if self.lasts > _ALIAS_UPDATE - _SPARE:
            raise ValueError(
                f"rollout of {_minutes(self.lasts)}; expected at most "
                f"{_minutes(_ALIAS_UPDATE - _SPARE)}: fewer or shorter steps (AWS: CloudFormation "
                f"ends the update of an AWS::Lambda::Alias after {_minutes(_ALIAS_UPDATE)})"
            )
        return self

    @property
    def longest(self) -> timedelta:
        """After which a rollout is ended."""
        return _ALIAS_UPDATE


class BlueGreen(Shift):
    """The same with instances: the old ones stay a while after all traffic has left them."""

    bake_minutes: int = Field(
        3, ge=0, le=60, description="How long the old instances wait beside the new ones."
    )

    @model_validator(mode="after")
    def _sagemaker_waits(self) -> Self:
        if self.longest > _DEPLOYMENT:
            raise ValueError(
                f"rollout of {_minutes(self.lasts)}; expected at most "
                f"{_minutes(_DEPLOYMENT - START)}: fewer or shorter steps (AWS: a deployment ends "
                f"after {_minutes(_DEPLOYMENT)}, MaximumExecutionTimeoutInSeconds, of which new "
                f"instances may take {_minutes(START)} to start)"
            )
        return self

    @property
    def lasts(self) -> timedelta:
        """The same, until the old instances go."""
        return super().lasts + timedelta(minutes=self.bake_minutes)

    @property
    def longest(self) -> timedelta:
        """After which a rollout is ended: it lasts so long once the new instances have started."""
        return self.lasts + START
