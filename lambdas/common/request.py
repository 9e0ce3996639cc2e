"""The base of what a function is asked."""

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """A frozen value between functions; what one step does not need of another is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ModelRequest(Payload):
    """What most functions are asked: something about one model of the function's tenant."""

    model: str
