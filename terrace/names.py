"""Every AWS name that Terrace gives, in one place.

Tenant and model names never hold ``--``, and every AWS name joins its parts with it, so the
parts can be read back from the name: two tenants can never meet in one name, however they are
called (``a`` + ``b-c`` is ``a--b-c``, ``a-b`` + ``c`` is ``a-b--c``).
"""

import hashlib
from dataclasses import dataclass

PREFIX = "terrace"
TUNING_RUN_LENGTH = 10  # of a run's digits: a tuning job's name has 32 characters
SEPARATOR = "--"
TENANT_TAG = f"{PREFIX}:tenant"  # on everything that is a tenant's
NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
NAME_RULE = "lower-case letters, digits and single hyphens, starting with a letter"
TENANT_NAME_LENGTH = 20  # the data bucket's name holds it, and S3 allows 63 characters
MODEL_NAME_LENGTH = 24  # a model's and endpoint configuration's name holds both, 63 characters
RESERVED_TENANTS = frozenset(
    {"platform", "alerts", "audit", "deploy", "artifacts", "access-logs", PREFIX}
)

ERRORS, LATENCY = "errors", "latency"  # the alarms of an endpoint, whichever version answers
SMOKE_TEST = "smoke-test"  # the folder of its requests
REQUESTS, ANSWERS, UNANSWERED = "requests", "answers", "unanswered"  # asynchronous, as objects
NO_VERSION = "none"  # in the place of a model package's ARN
SERVE = "serve"  # in the names of functions that serve a model
SHADOW = "Shadow"  # the variant that a candidate is mirrored to
VARIANT = "AllTraffic"  # an endpoint's first production variant, and mostly its only one
CHALLENGER = "Challenger"  # the variant that has a share of the traffic during an A/B test
ROLLOUT_ALARMS = "rollout-"  # in front of those of one version, which undo its rollout
CHALLENGER_ALARMS = "challenger-"  # in front of the names of its alarms
ALIAS = "live"  # of a function that serves a model: the version that answers

PLATFORM_STACK = f"{PREFIX}{SEPARATOR}platform"
PLATFORM_TOPIC = f"{PREFIX}{SEPARATOR}alerts"
PLATFORM_TRAIL = f"{PREFIX}-audit"  # CloudTrail takes no two hyphens in a row
PLATFORM_DEPLOY_ROLE = f"{PREFIX}{SEPARATOR}deploy"


def joined(*parts: str) -> str:
    """The parts as one AWS name."""
    return SEPARATOR.join(parts)


def subscription_id(protocol: str, endpoint: str) -> str:
    """A subscription in a template, by what it is: another order in the file replaces nothing."""
    digest = hashlib.sha256(f"{protocol}:{endpoint}".encode()).hexdigest()[:16]
    return f"Subscription{digest}"


@dataclass(frozen=True, kw_only=True)
class TenantNames:
    """The AWS names of what one tenant has once."""

    tenant: str

    @property
    def base(self) -> str:
        """The tenant's stack, event bus, topic, dashboard and schedule group."""
        return joined(PREFIX, self.tenant)

    @property
    def stack(self) -> str:
        """The tenant's CloudFormation stack."""
        return self.base

    @property
    def role_path(self) -> str:
        """The path of the tenant's roles."""
        return f"/{PREFIX}/{self.tenant}/"

    @property
    def key_alias(self) -> str:
        """The alias of the tenant's KMS key."""
        return f"alias/{self.base}"

    @property
    def signing_key_alias(self) -> str:
        """The alias of the KMS key by which versions are signed."""
        return f"alias/{joined(self.base, 'signing')}"

    @property
    def rollouts_table(self) -> str:
        """The table that holds one lock a model, so that two rollouts never run at once."""
        return joined(self.base, "rollouts")

    @property
    def training_state_machine(self) -> str:
        """The state machine that trains and registers."""
        return joined(self.base, "training")

    @property
    def approval_state_machine(self) -> str:
        """The state machine that rolls an approved version out."""
        return joined(self.base, "approval")

    @property
    def monitoring_state_machine(self) -> str:
        """The state machine that observes a window in parts."""
        return joined(self.base, "monitoring")

    @property
    def spark(self) -> str:
        """The EMR Serverless application that observes large windows."""
        return joined(self.base, "spark")

    @property
    def multi_model_endpoint(self) -> str:
        """The SageMaker endpoint that models of kind multi-model share; no model can have it."""
        return joined(self.tenant, "multi-model", "shared")

    @property
    def answers_topic(self) -> str:
        """The topic that tells of each answer of an asynchronous endpoint."""
        return joined(self.base, "answers")

    @property
    def approvers_topic(self) -> str:
        """The topic that brings those who approve by link their links."""
        return joined(self.base, "approvers")

    def bucket(self, account: str, region: str) -> str:
        """The tenant's data bucket; account and region make it unique across AWS."""
        return joined(self.base, f"{account}-{region}")

    def function(self, function: str) -> str:
        """One of the tenant's Lambda functions."""
        return joined(self.base, function)

    def rule(self, occasion: str) -> str:
        """One of the tenant's EventBridge rules; none that is not the tenant's begins so."""
        return joined(self.base, occasion)

    def tuning_job(self, run: str) -> str:
        """The tuning job of one run; its training jobs' names begin with it."""
        return joined(self.tenant, run[:TUNING_RUN_LENGTH])

    def log_group(self, function: str) -> str:
        """The log group of one of the tenant's Lambda functions."""
        return f"/aws/lambda/{self.function(function)}"


@dataclass(frozen=True, kw_only=True)
class ModelNames:
    """The AWS names of what each model of a tenant has."""

    tenant: str
    model: str

    @property
    def base(self) -> str:
        """The endpoint, and the prefix of the SageMaker models and endpoint configurations."""
        return joined(self.tenant, self.model)

    @property
    def endpoint(self) -> str:
        """The SageMaker endpoint."""
        return self.base

    @property
    def model_package_group(self) -> str:
        """The model package group that holds the model's versions."""
        return self.base

    @property
    def stack(self) -> str:
        """The endpoint's CloudFormation stack."""
        return joined(PREFIX, self.tenant, self.model)

    @property
    def serving_function(self) -> str:
        """The function that answers the model's requests, where SageMaker does not capture them."""
        return joined(PREFIX, self.tenant, SERVE, self.model)

    @property
    def parameter(self) -> str:
        """The SSM parameter with the model's `Deployment`."""
        return f"/{PREFIX}/{self.tenant}/{self.model}"

    @classmethod
    def of(cls, name: str) -> "ModelNames":
        """The names behind a model package group's or an endpoint's, which are the same.

        Raises:
            ValueError: The name is not one that Terrace gives.
        """
        tenant, separator, model = name.partition(SEPARATOR)
        if not separator or not tenant or not model:
            raise ValueError(
                f"model package group or endpoint {name!r} is not one of Terrace's: "
                f"expected <tenant>{SEPARATOR}<model>"
            )
        return cls(tenant=tenant, model=model)
