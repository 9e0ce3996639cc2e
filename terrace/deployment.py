"""What a handler knows about one deployed model: the content of its SSM parameter."""

from pydantic import BaseModel, ConfigDict

from terrace.model_settings import Model
from terrace.names import ModelNames


class Deployment(BaseModel):
    """One model of one tenant, as deployed: its settings, and where its parts are.

    Written by the tenant's stack as JSON, without what is not set, so that a new kind of monitor
    changes no deployment that does not choose it; read by the handlers (`model_validate_json`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: str
    model: Model
    image: str
    training_role_arn: str
    key_arn: str

    @property
    def names(self) -> ModelNames:
        """The model's AWS names."""
        return ModelNames(tenant=self.tenant, model=self.model.name)
