"""AWS's quotas: what an account may have, and an early answer about what every tenant needs.

`NEEDED` answers when the file is read. The exact counts, of all quotas, are those of the templates
(`terrace/assembly/usage.py`), which each synth checks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def _quota(default: int, name: str, more: str = "") -> Any:
    description = f"AWS's quota {name!r}. {more}".strip()
    return Field(default, ge=1, title=name, description=description)


class Quotas(BaseModel):
    """What the account may have in the Region; the defaults are AWS's.

    A field's title is the quota's name; `terrace/assembly/usage.py` has the service's code.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    iam_roles: int = _quota(1000, "Roles per account")
    iam_policies: int = _quota(1500, "Customer managed policies per account")
    cloudformation_stacks: int = _quota(2000, "Stacks")
    event_buses: int = _quota(100, "Event buses")
    event_rules_per_bus: int = _quota(
        300, "Number of rules", "Rules of one event bus; some Regions have 100."
    )
    schedule_groups: int = _quota(500, "Number of schedule groups")
    vpcs: int = _quota(5, "VPCs per Region")
    gateway_endpoints: int = _quota(20, "Gateway VPC endpoints per Region")
    interface_endpoints_per_vpc: int = _quota(50, "Interface VPC endpoints per VPC")
    trails: int = _quota(5, "Trails per region")
    audited_buckets: int = _quota(
        250,
        "Data resources across all event selectors in a trail",
        "AWS does not raise it. A tenant with audit_trail has one.",
    )
    regional_apis: int = _quota(600, "Regional APIs")
    usage_plans: int = _quota(300, "Usage plans")
    parameters: int = _quota(10_000, "Standard parameters")
    tables: int = _quota(2500, "Maximum number of tables")
    codedeploy_applications: int = _quota(1000, "Applications associated per account per region")


@dataclass(frozen=True, kw_only=True)
class Tenants:
    """As far as quotas are concerned.

    Attributes:
        models: How many models each tenant has.
        serving: How many tenants have models that functions answer for.
        asynchronous: How many have models with asynchronous endpoints.
        links: How many have people who approve by link.
        ab_tests: How many have models with A/B tests.
        mlflows: How many have an MLflow tracking server.
        networks: How many have a network of their own.
        sparks: How many divide windows on Spark.
    """

    models: Sequence[int]
    serving: int = 0
    asynchronous: int = 0
    links: int = 0
    ab_tests: int = 0
    mlflows: int = 0
    networks: int = 0
    sparks: int = 0


@dataclass(frozen=True, kw_only=True)
class Needed:
    """What the stacks of a file hold of something that is limited.

    Attributes:
        of_platform: Once.
        of_tenant: For each tenant.
        of_model: For each of its models.
        of_serving: More for each tenant where functions answer for models.
        of_asynchronous: More for each tenant with asynchronous endpoints.
        of_links: More for each tenant with people who approve by link.
        of_ab_test: More for each tenant with A/B tests.
        of_mlflow: More for each tenant with an MLflow tracking server.
        of_network: More for each tenant with a network of its own.
        of_spark: More for each tenant that divides windows on Spark.
        beside: What every account has already: its default bus and group, the CDK's own roles.
    """

    what: str
    of_platform: int = 0
    of_tenant: int = 0
    of_model: int = 0
    of_serving: int = 0
    of_asynchronous: int = 0
    of_links: int = 0
    of_ab_test: int = 0
    of_mlflow: int = 0
    of_network: int = 0
    of_spark: int = 0
    beside: int = 0

    def by(self, tenants: Tenants) -> int:
        """How many so many tenants need."""
        models = self.of_tenant * len(tenants.models) + self.of_model * sum(tenants.models)
        some = self.of_serving * tenants.serving + self.of_network * tenants.networks
        some += self.of_spark * tenants.sparks + self.of_asynchronous * tenants.asynchronous
        some += self.of_links * tenants.links + self.of_ab_test * tenants.ab_tests
        some += self.of_mlflow * tenants.mlflows
        return self.of_platform + self.beside + models + some


# By the quota's name. The stacks' tests hold these against the templates.
NEEDED = {
    "iam_roles": Needed(
        what="IAM roles",
        of_platform=3,
        of_tenant=23,
        of_serving=4,
        of_asynchronous=1,
        of_links=2,
        of_ab_test=1,
        of_mlflow=2,
        of_network=1,
        of_spark=1,
        beside=10,
    ),
    "cloudformation_stacks": Needed(
        what="CloudFormation stacks", of_platform=1, of_tenant=1, of_model=1, beside=1
    ),
    "event_buses": Needed(what="EventBridge buses", of_tenant=1, beside=1),
    "schedule_groups": Needed(what="schedule groups", of_tenant=1, beside=1),
    "vpcs": Needed(what="VPCs", of_network=1, beside=1),
}


def exceeded(quotas: Quotas, tenants: Tenants) -> Iterator[str]:
    """What does not fit, in words."""
    for name, needed in NEEDED.items():
        allowed, count = getattr(quotas, name), needed.by(tenants)
        if count > allowed:
            yield (
                f"{len(tenants.models)} tenants need {count} {needed.what}, and an account may "
                f"have {allowed} (AWS's quota {Quotas.model_fields[name].title!r}); expected "
                f"fewer, or a higher quota, asked for from AWS and told in platform.quotas.{name}"
            )
