"""The base of what a function is asked."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """A frozen value between functions; what one step does not need of another is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ModelRequest(Payload):
    """What most functions are asked: something about one model of the function's tenant."""

    model: str


class RolloutRequest(ModelRequest):
    """What is asked of a version that live traffic has just gone to.

    Attributes:
        since: When it began to.
        until: When that was over, or all of the traffic had gone over.
    """

    model_package_arn: str
    since: datetime
    until: datetime
