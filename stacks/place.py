"""Where in a tenant's network something runs."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    """Subnets and security groups, by their ids."""

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]

    @property
    def vpc_config(self) -> dict[str, list[str]]:
        """As SageMaker's API takes it."""
        return {"Subnets": list(self.subnets), "SecurityGroupIds": list(self.security_groups)}
