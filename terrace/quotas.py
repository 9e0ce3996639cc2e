"""AWS's quotas on what every tenant needs: too many tenants are told before a deployment fails."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field


class Quotas(BaseModel):
    """What the account may have; the defaults are AWS's, of which each can be raised."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    iam_roles: int = Field(1000, ge=1, description="Roles per account")
    cloudformation_stacks: int = Field(2000, ge=1, description="Stack count")
    event_buses: int = Field(100, ge=1, description="Event buses")
    schedule_groups: int = Field(500, ge=1, description="Schedule groups")


@dataclass(frozen=True, kw_only=True)
class Needed:
    """What the stacks of a file hold of something that is limited.

    Attributes:
        of_platform: Once.
        of_tenant: For each tenant.
        of_model: For each of its models.
        of_serving: More for each tenant where functions answer for models.
        beside: What every account has already: its default bus and group, the CDK's own roles.
    """

    what: str
    of_platform: int = 0
    of_tenant: int = 0
    of_model: int = 0
    of_serving: int = 0
    beside: int = 0

    def by(self, models: Sequence[int], serving: int) -> int:
        """How many tenants with so many models need, some of them with functions that serve."""
        tenants = self.of_tenant * len(models) + self.of_model * sum(models)
        return self.of_platform + self.beside + tenants + self.of_serving * serving


# By the quota's name. The stacks' tests hold these against the templates.
NEEDED = {
    "iam_roles": Needed(what="IAM roles", of_platform=3, of_tenant=20, of_serving=4, beside=10),
    "cloudformation_stacks": Needed(
        what="CloudFormation stacks", of_platform=1, of_tenant=1, of_model=1, beside=1
    ),
    "event_buses": Needed(what="EventBridge buses", of_tenant=1, beside=1),
    "schedule_groups": Needed(what="schedule groups", of_tenant=1, beside=1),
}


def exceeded(quotas: Quotas, models: Sequence[int], serving: int = 0) -> Iterator[str]:
    """What does not fit, in words.

    Args:
        models: How many each tenant has.
        serving: How many tenants have models that functions answer for.
    """
    for name, needed in NEEDED.items():
        allowed, count = getattr(quotas, name), needed.by(models, serving)
        if count > allowed:
            yield (
                f"{len(models)} tenants need {count} {needed.what}, and an account may have "
                f"{allowed} (AWS's quota {Quotas.model_fields[name].description!r}); expected "
                f"fewer, or a higher quota, asked for from AWS and told in platform.quotas.{name}"
            )
