"""How a model is served: one class for each of AWS's ways, with the fields that this way has.

What a way of serving cannot do is no field of its class; `terrace.impossible` says why.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from terrace.impossible import ONE_INSTANCE, TO_ZERO
from terrace.setting import Setting

InstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]


class Shift(Setting):
    """How the traffic goes over to a new version, while alarms are watched that undo it."""

    traffic: Literal["all-at-once", "canary", "linear"] = "all-at-once"
    percent: int = Field(
        10, ge=1, le=50, description="Of the traffic: the canary's share, or that of each step."
    )
    wait_minutes: int = Field(
        5, ge=1, le=60, description="How long the canary, or each step, is watched."
    )

    @model_validator(mode="after")
    def _steps_are_few(self) -> Self:
        if self.traffic == "linear" and self.percent < 10:
            raise ValueError(
                f"percent {self.percent} of a linear shift; expected 10 to 50 (AWS: each step is "
                "10-50 % of the instances)"
            )
        return self


class BlueGreen(Shift):
    """The same with instances: the old ones stay a while after all traffic has left them."""

    bake_minutes: int = Field(
        3, ge=0, le=60, description="How long the old instances wait beside the new ones."
    )


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


class RealTime(Setting):
    """A SageMaker real-time endpoint."""

    captured_by_sagemaker: ClassVar[bool] = True

    kind: Literal["real-time"] = "real-time"
    instance_type: InstanceType = "ml.m5.large"
    min_instances: int = Field(1, le=100)
    max_instances: int = Field(2, ge=1, le=100)
    invocations_per_instance: int = Field(
        600, ge=1, description="Per minute; above it another instance is added."
    )
    rollout: BlueGreen = BlueGreen()
    shadow: ShadowTest | None = Field(
        None, description="Before the rollout of every version but the first."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_instances < self.min_instances:
            raise ValueError(
                f"max_instances {self.max_instances} is below min_instances "
                f"{self.min_instances}: expected at least as many"
            )
        return self

    @model_validator(mode="after")
    def _instances_suffice(self) -> Self:
        if self.min_instances < 1:
            raise ValueError(f"min_instances {self.min_instances}; expected at least 1: {TO_ZERO}")
        if self.rollout.traffic != "all-at-once" and self.min_instances < 2:
            raise ValueError(
                f"rollout.traffic {self.rollout.traffic} with min_instances {self.min_instances}; "
                f"expected at least 2 instances: {ONE_INSTANCE}"
            )
        return self


FRONT_MB = 512  # of the function before an endpoint that captures nothing itself


class Serverless(Setting):
    """A SageMaker serverless endpoint, behind a function that captures."""

    captured_by_sagemaker: ClassVar[bool] = False
    shadow: ClassVar[None] = None

    kind: Literal["serverless"]
    memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = 2048
    max_concurrency: int = Field(5, ge=1, le=200)


class Lambda(Setting):
    """A function with the model in ONNX: no instance, no container, and no cost while it waits."""

    captured_by_sagemaker: ClassVar[bool] = False
    shadow: ClassVar[None] = None

    kind: Literal["lambda"]
    memory_mb: int = Field(1024, ge=512, le=10240)
    rollout: Shift = Shift()


KINDS = ("real-time", "serverless", "lambda")


def _kind(given: Any) -> Any:
    if isinstance(given, dict):
        return given.get("kind", "real-time")
    return getattr(given, "kind", "real-time")


Endpoint = Annotated[
    Annotated[RealTime, Tag("real-time")]
    | Annotated[Serverless, Tag("serverless")]
    | Annotated[Lambda, Tag("lambda")],
    Discriminator(_kind),
]
