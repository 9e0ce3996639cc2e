"""The functions' environment variables: written by the stacks, read by the handlers."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict

PREFIX = "TERRACE_"


class Environment(BaseModel):
    """What each of a tenant's functions knows without asking."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: str
    bucket: str
    event_bus: str
    topic_arn: str
    monitoring_state_machine_arn: str
    training_state_machine_arn: str

    def dump(self) -> dict[str, str]:
        """As environment variables, `TERRACE_` and the field's name in capitals."""
        return {PREFIX + field.upper(): value for field, value in self.model_dump().items()}

    @classmethod
    def load(cls, variables: Mapping[str, str]) -> Self:
        """From environment variables, as `dump` writes them; others are passed over.

        Raises:
            ValidationError: A variable is missing.
        """
        given = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in variables.items()
            if name.startswith(PREFIX)
        }
        return cls(**given)
