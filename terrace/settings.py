"""`terrace.yaml` as typed, frozen values: what an operator may choose, and nothing else.

`terrace.settings_file.load` reads the file; this module says what it may hold.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from terrace import names
from terrace.approval_settings import EMAIL, ApprovalLinks
from terrace.endpoint_settings import (
    MultiModel,
    MultiModelEndpoint,
    Serverless,
    longest_rollout,
)
from terrace.impossible import IN_A_NETWORK, ONE_CONTAINER
from terrace.levels import LEVELS, LevelName, broken_promises, laid_under, model_on
from terrace.model_settings import Model
from terrace.network_settings import Network
from terrace.quotas import Quotas, Tenants, exceeded
from terrace.setting import Many, Setting

LogRetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip  # the values that CloudWatch Logs takes
_ENDPOINTS: dict[str, tuple[str, str]] = {
    "email": (EMAIL, "an e-mail address"),
    "http": (r"^http://\S+$", "an http:// address"),
    "https": (r"^https://\S+$", "an https:// address"),
    "sqs": (r"^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:\S+$", "a queue's ARN"),
    "lambda": (r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:\S+$", "a function's ARN"),
}


def _tenant_name(name: str) -> str:
    if name in names.RESERVED_TENANTS:
        reserved = ", ".join(sorted(names.RESERVED_TENANTS))
        raise ValueError(f"this name is Terrace's own; any but these: {reserved}")
    return name


TenantName = Annotated[
    str,
    Field(pattern=names.NAME_PATTERN, max_length=names.TENANT_NAME_LENGTH),
    AfterValidator(_tenant_name),
]


class Subscription(Setting):
    """Who is told: an SNS subscription to the tenant's (or the operators') topic."""

    protocol: Literal["email", "http", "https", "sqs", "lambda"]
    endpoint: str

    @model_validator(mode="after")
    def _endpoint_fits_protocol(self) -> Self:
        pattern, expected = _ENDPOINTS[self.protocol]
        if not re.match(pattern, self.endpoint):
            raise ValueError(
                f"endpoint {self.endpoint!r} does not fit protocol {self.protocol}: "
                f"expected {expected}"
            )
        return self


class Api(Setting):
    """What callers may ask of the tenant's API, which serves models that functions answer for."""

    requests_per_second: int = Field(50, ge=1, le=10_000)
    burst: int = Field(100, ge=1, le=5_000)
    requests_per_month: int = Field(1_000_000, ge=1)


class Tenant(Setting):
    """One tenant: isolated from every other."""

    name: TenantName
    level: LevelName = "smb"
    human_centered: bool = Field(
        False, description="Reserved for review queues and labelling; nothing comes of it yet."
    )
    subscriptions: Many[Subscription] = ()
    log_retention_days: LogRetentionDays = 90
    retain_data: bool = Field(
        True, description="Keep the data bucket and its key when the tenant's stack is deleted."
    )
    approvers: int = Field(
        1,
        ge=1,
        le=2,
        description="Different people who must approve a version; with 2, neither "
        "may be the one who asked for its training.",
    )
    approval_links: ApprovalLinks | None = Field(
        None, description="People who approve versions by a link in an e-mail of their own."
    )
    network: Network | None = Field(
        None, description="Where training, serving and functions run; none is AWS's own."
    )
    permission_boundary: bool = Field(False, description="A ceiling over every role of the tenant.")
    signing: bool = Field(
        False,
        description="Versions are signed when they are registered, by a key that nothing else may "
        "sign with, and none without its signature is rolled out.",
    )
    audit_trail: bool = Field(
        False,
        description="The platform has a CloudTrail trail, with each access to this tenant's data.",
    )
    mlflow: bool = Field(
        False,
        description="An MLflow tracking server of the tenant's own, run by SageMaker, keeps every "
        "training run with its trials.",
    )
    dashboard: bool = Field(True, description="A CloudWatch dashboard of the tenant.")
    capture_retention_days: int = Field(90, ge=1, le=3650)
    event_archive_days: int | None = Field(
        None, ge=1, le=3650, description="How long every event of the tenant is kept for auditors."
    )
    api: Api = Api()
    multi_model: MultiModelEndpoint = Field(
        MultiModelEndpoint(), description="The endpoint of its models of kind multi-model."
    )
    models: Many[Model] = Field(min_length=1)

    @property
    def has_serving_functions(self) -> bool:
        """Whether functions answer for some of its models, since SageMaker does not capture."""
        return any(model.endpoint.asked_through == "function" for model in self.models)

    @property
    def has_apis(self) -> bool:
        """Whether it has an API, for those who ask its models or approve their versions."""
        return self.has_serving_functions or self.approval_links is not None

    @property
    def has_asynchronous_endpoints(self) -> bool:
        """Whether some of its models are asked by way of the tenant's bucket."""
        return any(model.endpoint.asked_through == "bucket" for model in self.models)

    @property
    def on_one_endpoint(self) -> Sequence[Model]:
        """The models that share the tenant's multi-model endpoint."""
        return [model for model in self.models if isinstance(model.endpoint, MultiModel)]

    @property
    def has_ab_tests(self) -> bool:
        """Whether candidates of some of its models have a share of the traffic at first."""
        return any(model.endpoint.ab_test for model in self.models)

    @property
    def has_spark(self) -> bool:
        """Whether some of its monitors divide a window on Spark."""
        chosen = [monitor for model in self.models for monitor in model.monitors.chosen().values()]
        return any(monitor.divide_on == "spark" for monitor in chosen)

    @property
    def longest_test_seconds(self) -> int:
        """How long a candidate of any of its models is tried at most before it serves."""
        tests = [(model.endpoint.shadow, model.endpoint.ab_test) for model in self.models]
        return max(sum(one.seconds for one in some if one) for some in tests)

    @property
    def longest_rollout_seconds(self) -> int:
        """How long the updates of any of its models' stacks for one version take at most."""
        longest = max(longest_rollout(model.endpoint) for model in self.models)
        return int(longest.total_seconds())

    @model_validator(mode="before")
    @classmethod
    def _level_laid_under(cls, given: Any) -> Any:
        level = LEVELS.get(given.get("level", "smb")) if isinstance(given, dict) else None
        if level is None:
            return given
        tenant = laid_under(level.tenant, given)
        models = given.get("models")
        if isinstance(models, list):
            tenant["models"] = [
                model_on(level, model) if isinstance(model, dict) else model for model in models
            ]
        return tenant

    @model_validator(mode="after")
    def _level_kept(self) -> Self:
        if told := list(broken_promises(LEVELS[self.level], dict(self))):
            raise ValueError(f"{'; '.join(told)}, or another level than {self.level}")
        return self

    @model_validator(mode="after")
    def _network_holds_all(self) -> Self:
        outside = [m.name for m in self.models if isinstance(m.endpoint, Serverless)]
        if self.network and outside:
            raise ValueError(
                f"network with models of kind serverless ({', '.join(outside)}): {IN_A_NETWORK}"
            )
        return self

    @model_validator(mode="after")
    def _one_container_loads_all(self) -> Self:
        sources = {model.name: model.source for model in self.on_one_endpoint}
        if len(set(sources.values())) > 1:
            told = ", ".join(f"{name} has {source}" for name, source in sources.items())
            raise ValueError(
                f"models of kind multi-model with different sources ({told}); expected one: "
                f"{ONE_CONTAINER}"
            )
        return self

    @model_validator(mode="after")
    def _approvers_are_known(self) -> Self:
        links = self.approval_links
        if links and self.approvers > 1 and links.nameless:
            raise ValueError(
                f"approval_links.people got {', '.join(links.nameless)} without a principal; "
                f"expected one, since {self.approvers} people must approve a version, none of "
                "whom asked for its training, and AWS knows who that was by its own names alone"
            )
        return self

    @model_validator(mode="after")
    def _models_differ(self) -> Self:
        _refuse_duplicates("model", [model.name for model in self.models])
        return self


class Platform(Setting):
    """What all tenants share."""

    repository: str | None = Field(
        None,
        pattern=r"^[\w.-]+/[\w.-]+$",
        description="The GitHub repository (owner/name) whose workflows may deploy.",
    )
    environment: str = Field(
        "production", pattern=r"^[\w.-]+$", description="The GitHub environment that may deploy."
    )
    subscriptions: Many[Subscription] = Field(
        (), description="Operators, told of every tenant's alerts."
    )
    github_oidc_provider: Literal["create", "reuse"] = Field(
        "create",
        description="GitHub's identity provider in IAM. An account can have only one: use reuse "
        "where it exists, with sts.amazonaws.com among its audiences.",
    )
    api_gateway_log_role: Literal["create", "reuse"] = Field(
        "create",
        description="The role by which API Gateway writes logs. A Region has one for all APIs of "
        "the account: reuse leaves the role that is set there as it is.",
    )
    quotas: Quotas = Field(Quotas(), description="What the account may have of what is limited.")


class Settings(Setting):
    """The whole of `terrace.yaml`."""

    platform: Platform = Platform()
    tenants: Many[Tenant] = Field(min_length=1)

    @model_validator(mode="after")
    def _tenants_differ(self) -> Self:
        _refuse_duplicates("tenant", [tenant.name for tenant in self.tenants])
        return self

    @model_validator(mode="after")
    def _within_quotas(self) -> Self:
        counted = Tenants(
            models=[len(tenant.models) for tenant in self.tenants],
            serving=sum(tenant.has_serving_functions for tenant in self.tenants),
            asynchronous=sum(tenant.has_asynchronous_endpoints for tenant in self.tenants),
            links=sum(tenant.approval_links is not None for tenant in self.tenants),
            ab_tests=sum(tenant.has_ab_tests for tenant in self.tenants),
            mlflows=sum(tenant.mlflow for tenant in self.tenants),
            networks=sum(tenant.network is not None for tenant in self.tenants),
            sparks=sum(tenant.has_spark for tenant in self.tenants),
        )
        if told := list(exceeded(self.platform.quotas, counted)):
            raise ValueError("; ".join(told))
        return self


def _refuse_duplicates(kind: str, given: list[str]) -> None:
    if len(set(given)) < len(given):
        raise ValueError(f"{kind} names must differ")
