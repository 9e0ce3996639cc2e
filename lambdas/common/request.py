"""The base of what a function is asked."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from terrace.names import MODEL_NAME_LENGTH, NAME_PATTERN


class Payload(BaseModel):
    """A frozen value between functions; what one step does not need of another is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ModelRequest(Payload):
    """What most functions are asked: something about one model of the function's tenant."""

    # By the rule of names: a part of another tenant's name is no model's.
    model: Annotated[str, Field(pattern=NAME_PATTERN, max_length=MODEL_NAME_LENGTH)]


class RolloutRequest(ModelRequest):
    """What is asked of a version that live traffic has just gone to.

    Attributes:
        since: When it began to.
        until: When that was over, or all of the traffic had gone over.
    """

    model_package_arn: str
    since: datetime
    until: datetime
