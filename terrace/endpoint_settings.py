"""How a model is served: one class for each of AWS's ways, with the fields that this way has.

What a way of serving cannot do is no field of its class; `terrace.impossible` says why.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from terrace.impossible import ONE_INSTANCE, TO_ZERO
from terrace.instance_types import check_hosting, check_training
from terrace.setting import Setting

# Whom a model's callers ask: the endpoint itself, which SageMaker captures; a function, which
# captures; or the endpoint by way of the tenant's bucket, where a function captures afterwards.
AskedThrough = Literal["endpoint", "function", "bucket"]
_INSTANCE_TYPE = Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")
HostingType = Annotated[str, _INSTANCE_TYPE, AfterValidator(check_hosting)]
TrainingType = Annotated[str, _INSTANCE_TYPE, AfterValidator(check_training)]


_MOST_LOOKS = 2000  # of twelve events each
_LOOK_MINUTES = 5  # that a look may take


class Shift(Setting):
    """How the traffic goes over to a new version, while alarms are watched that undo it."""

    traffic: Literal["all-at-once", "canary", "linear"] = "all-at-once"
    percent: int = Field(
        10, ge=1, le=50, description="Of the traffic: the canary's share, or that of each step."
    )
    wait_minutes: int = Field(
        5, ge=1, le=60, description="How long the canary, or each step, is watched."
    )
    least_requests: int = Field(
        1, ge=0, description="Of its own; a version that got fewer while it was watched goes back."
    )

    @model_validator(mode="after")
    def _steps_are_few(self) -> Self:
        if self.traffic == "linear" and self.percent < 10:
            raise ValueError(
                f"percent {self.percent} of a linear shift; expected 10 to 50 (AWS: each step is "
                "10-50 % of the instances)"
            )
        return self

    @property
    def is_watched(self) -> bool:
        """Whether somebody must have asked the new version before it may stay."""
        return self.traffic != "all-at-once" and self.least_requests > 0

    @property
    def lasts(self) -> timedelta:
        """How long traffic goes over, and old and new are beside each other."""
        match self.traffic:
            case "all-at-once":
                steps = 0
            case "canary":
                steps = 1
            case "linear":
                steps = -(-100 // self.percent)
        return timedelta(minutes=steps * self.wait_minutes)


class BlueGreen(Shift):
    """The same with instances: the old ones stay a while after all traffic has left them."""

    bake_minutes: int = Field(
        3, ge=0, le=60, description="How long the old instances wait beside the new ones."
    )

    @property
    def lasts(self) -> timedelta:
        """The same, until the old instances go."""
        return super().lasts + timedelta(minutes=self.bake_minutes)


class ShadowTest(Setting):
    """Live traffic is mirrored to a candidate, whose answers are held against the running ones."""

    minutes: int = Field(60, ge=1, le=43_200, description="How long the traffic is mirrored.")
    least_requests: int = Field(
        100, ge=1, description="Different ones; fewer say too little, and the candidate stays out."
    )
    most_different: float = Field(
        0.05, ge=0, le=1, description="The share of requests that may be decided otherwise."
    )
    most_unanswered: float = Field(
        0.01, ge=0, le=1, description="The share of requests that the candidate may leave."
    )

    @property
    def seconds(self) -> int:
        """How long the traffic is mirrored."""
        return 60 * self.minutes


class ABTest(Setting):
    """A candidate has a share of the traffic until it is shown to be better, or not to be."""

    percent: int = Field(10, ge=1, le=50, description="The candidate's share of the traffic.")
    look_minutes: int = Field(15, ge=1, le=1440, description="Between two looks at the labels.")
    longest_hours: int = Field(
        336, ge=1, le=2160, description="After which a candidate that has not won is taken away."
    )
    least_labelled: int = Field(
        100, ge=10, description="Rows of each version whose labels are known; fewer say too little."
    )
    significance: float = Field(
        0.05, gt=0, lt=0.5, description="The chance that two equally good versions get a winner."
    )
    relevant_difference: float = Field(
        0.02,
        gt=0,
        description="In accuracy, or in absolute error: found soonest if about so large.",
    )

    @model_validator(mode="after")
    def _looks_are_few(self) -> Self:
        if self.looks > _MOST_LOOKS:
            raise ValueError(
                f"look_minutes {self.look_minutes} of longest_hours {self.longest_hours} are "
                f"{self.looks} looks; expected at most {_MOST_LOOKS}, since an execution of Step "
                "Functions has a history of 25,000 events"
            )
        return self

    @property
    def looks(self) -> int:
        """How often the labels are looked at before the test ends without a winner."""
        return max(1, 60 * self.longest_hours // self.look_minutes)

    @property
    def seconds(self) -> int:
        """How long it lasts at most, with the time that the looks themselves take."""
        return self.looks * 60 * (self.look_minutes + _LOOK_MINUTES)


class Alarmed(Setting):
    """What answers requests, and what is watched of it, during a rollout and ever after."""

    most_errors: float = Field(
        0.02, gt=0, lt=1, description="The share of requests that may fail through the model."
    )


class Timed(Alarmed):
    """The same where callers wait for the answer."""

    most_milliseconds: int = Field(
        1000, ge=1, le=60_000, description="That nine of ten requests may take."
    )


class OnInstances(Alarmed):
    """What SageMaker runs on instances, as many of them as there is work for."""

    instance_type: HostingType = "ml.m5.large"
    min_instances: int = Field(1, le=100)
    max_instances: int = Field(2, ge=1, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_instances < self.min_instances:
            raise ValueError(
                f"max_instances {self.max_instances} is below min_instances "
                f"{self.min_instances}: expected at least as many"
            )
        return self


class Guarded(OnInstances):
    """The same with one model, of which a new version takes over step by step."""

    rollout: BlueGreen = BlueGreen()

    @model_validator(mode="after")
    def _instances_can_be_shared(self) -> Self:
        if self.rollout.traffic != "all-at-once" and self.min_instances < 2:
            raise ValueError(
                f"rollout.traffic {self.rollout.traffic} with min_instances {self.min_instances}; "
                f"expected at least 2 instances: {ONE_INSTANCE}"
            )
        return self


class RealTime(Guarded, Timed):
    """A SageMaker real-time endpoint."""

    asked_through: ClassVar[AskedThrough] = "endpoint"

    kind: Literal["real-time"] = "real-time"
    invocations_per_instance: int = Field(
        600, ge=1, description="Per minute; above it another instance is added."
    )
    shadow: ShadowTest | None = Field(
        None, description="Before the rollout of every version but the first."
    )
    ab_test: ABTest | None = Field(None, description="The same, after the shadow test.")

    @model_validator(mode="after")
    def _instances_are_there(self) -> Self:
        if self.min_instances < 1:
            raise ValueError(f"min_instances {self.min_instances}; expected at least 1: {TO_ZERO}")
        return self


class Asynchronous(Guarded):
    """A SageMaker asynchronous endpoint: requests and answers are objects, and a queue between."""

    asked_through: ClassVar[AskedThrough] = "bucket"
    shadow: ClassVar[None] = None
    ab_test: ClassVar[None] = None

    kind: Literal["asynchronous"]
    min_instances: int = Field(
        0, ge=0, le=100, description="While nothing waits; with none, nothing is charged."
    )
    backlog_per_instance: int = Field(
        5, ge=1, description="Requests that wait; above it another instance is added."
    )
    concurrent_invocations: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="That an instance works on at once; SageMaker's own choice where none is said.",
    )
    longest_wait_minutes: int = Field(
        60, ge=1, le=360, description="Of a request; an alarm tells of one that waits for longer."
    )


FRONT_MB = 512  # of the function before an endpoint that captures nothing itself


class Serverless(Alarmed):
    """A SageMaker serverless endpoint, behind a function that captures."""

    asked_through: ClassVar[AskedThrough] = "function"
    shadow: ClassVar[None] = None
    ab_test: ClassVar[None] = None
    rollout: ClassVar[None] = None

    kind: Literal["serverless"]
    memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = 2048
    max_concurrency: int = Field(5, ge=1, le=200)


class MultiModel(Timed):
    """One model of those on the tenant's multi-model endpoint, behind a function that captures."""

    asked_through: ClassVar[AskedThrough] = "function"
    shadow: ClassVar[None] = None
    ab_test: ClassVar[None] = None

    kind: Literal["multi-model"]
    rollout: Shift = Shift()


class MultiModelEndpoint(OnInstances):
    """A SageMaker multi-model endpoint: one container that loads a tenant's models as asked."""

    min_instances: int = Field(1, ge=1, le=100)
    invocations_per_instance: int = Field(
        600, ge=1, description="Per minute, of all its models; above it another instance is added."
    )


class Lambda(Timed):
    """A function with the model: no instance, no container, and no cost while it waits."""

    asked_through: ClassVar[AskedThrough] = "function"
    shadow: ClassVar[None] = None
    ab_test: ClassVar[None] = None

    kind: Literal["lambda"]
    memory_mb: int = Field(1024, ge=512, le=10240)
    rollout: Shift = Shift()


KINDS = ("real-time", "asynchronous", "multi-model", "serverless", "lambda")


def _kind(given: Any) -> Any:
    if isinstance(given, dict):
        return given.get("kind", "real-time")
    return getattr(given, "kind", "real-time")


Endpoint = Annotated[
    Annotated[RealTime, Tag("real-time")]
    | Annotated[Asynchronous, Tag("asynchronous")]
    | Annotated[MultiModel, Tag("multi-model")]
    | Annotated[Serverless, Tag("serverless")]
    | Annotated[Lambda, Tag("lambda")],
    Discriminator(_kind),
]
