"""The functions' environment variables: written by the stacks, read by the handlers."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict

from terrace.links import Links

PREFIX = "TERRACE_"


class _Variables(BaseModel):
    """What a function knows without asking."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    def dump(self) -> dict[str, str]:
        """As environment variables, `TERRACE_` and the field's name in capitals."""
        return {PREFIX + field.upper(): str(value) for field, value in self.model_dump().items()}

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
        return cls.model_validate(given)


class Environment(_Variables):
    """What each of a tenant's functions is told.

    Attributes:
        signing_key: The ARN of the key by which versions are signed; nothing where they are not.
        approval_links: `Links` as JSON; nothing where nobody approves by link.
        mlflow_server_arn: The tenant's MLflow tracking server; nothing where it has none.
        approval_link_role: The name of the role that decides for those who follow a link.
    """

    tenant: str
    bucket: str
    event_bus: str
    topic_arn: str
    monitoring_state_machine_arn: str
    training_state_machine_arn: str
    approval_state_machine_arn: str
    signing_key: str = ""
    approval_links: str = ""
    approval_link_role: str = ""
    mlflow_server_arn: str = ""

    def links(self) -> Links | None:
        """What is known of links, where people approve by them."""
        return Links.model_validate_json(self.approval_links) if self.approval_links else None


class ServingEnvironment(_Variables):
    """What a function that answers a model's requests is told.

    Attributes:
        model_package_arn: The approved version, or `none` before there is one.
        endpoint: The SageMaker endpoint that it asks, or nothing where it runs the model itself.
        endpoint_is_shared: Whether that endpoint has other models too, so that each request names
            the version's artifact.
        delivery_stream: Where captured records go.
        sampling_percentage: How many of the requests are captured.
    """

    tenant: str
    model: str
    bucket: str
    model_package_arn: str
    endpoint: str
    endpoint_is_shared: bool
    delivery_stream: str
    sampling_percentage: int
