"""What a way of serving cannot be combined with, each with the reason and AWS's rule."""

from dataclasses import dataclass

_DOCS = "https://docs.aws.amazon.com"
_SERVERLESS = f"{_DOCS}/sagemaker/latest/dg/serverless-endpoints.html"
_GUARDRAILS = f"{_DOCS}/sagemaker/latest/dg/deployment-guardrails-exclusions.html"
_SHADOW = f"{_DOCS}/sagemaker/latest/dg/shadow-tests-exclusions.html"
_LAMBDA = f"{_DOCS}/lambda/latest/dg/gettingstarted-limits.html"


@dataclass(frozen=True, kw_only=True)
class Impossible:
    """One key that a kind of endpoint does not have, and why.

    Attributes:
        kinds: The kinds of endpoint.
        keys: The keys of `endpoint`, or a combination in words.
        reason: In words, for the one who wrote the key.
        source: Where AWS says so.
    """

    kinds: tuple[str, ...]
    keys: tuple[str, ...]
    reason: str
    source: str

    def __str__(self) -> str:
        """The reason and where it is from."""
        return f"{self.reason} (AWS: {self.source})"


IMPOSSIBLE = (
    Impossible(
        kinds=("serverless",),
        keys=("instance_type", "min_instances", "max_instances", "invocations_per_instance"),
        reason="a serverless endpoint has no instances; it has memory_mb and max_concurrency",
        source=_SERVERLESS,
    ),
    Impossible(
        kinds=("serverless",),
        keys=("rollout",),
        reason="deployment guardrails, which shift traffic and roll back, are for real-time and "
        "asynchronous endpoints alone; a serverless endpoint changes at once, and Terrace's smoke "
        "test sets it back",
        source=_GUARDRAILS,
    ),
    Impossible(
        kinds=("asynchronous", "multi-model", "serverless", "lambda"),
        keys=("shadow",),
        reason="traffic is mirrored to a shadow variant of a real-time endpoint alone",
        source=_SHADOW,
    ),
    Impossible(
        kinds=("asynchronous", "multi-model", "serverless", "lambda"),
        keys=("ab_test",),
        reason="two versions share the traffic as variants of a real-time endpoint, which callers "
        "can name; serverless and multi-model endpoints have one variant alone, a queue is asked "
        "for none, and Lambda draws anew for each request which version of a function answers",
        source=f"{_DOCS}/sagemaker/latest/dg/model-ab-testing.html",
    ),
    Impossible(
        kinds=("multi-model",),
        keys=("instance_type", "min_instances", "max_instances", "invocations_per_instance"),
        reason="a multi-model endpoint's instances serve all of its models; they are said once, "
        "under the tenant's multi_model",
        source=f"{_DOCS}/sagemaker/latest/dg/multi-model-endpoints.html",
    ),
    Impossible(
        kinds=("asynchronous",),
        keys=("invocations_per_instance",),
        reason="SageMaker does not count an asynchronous endpoint's invocations; it is scaled by "
        "what waits, backlog_per_instance",
        source=f"{_DOCS}/sagemaker/latest/dg/async-inference-monitor.html",
    ),
    Impossible(
        kinds=("lambda",),
        keys=("instance_type", "min_instances", "max_instances", "invocations_per_instance",
              "max_concurrency"),
        reason="a function has no instances; it has memory_mb, and Lambda runs as many of it as "
        "are needed",
        source=_LAMBDA,
    ),
)  # fmt: skip


# Of which each is looked for where its values are.
IN_A_NETWORK = Impossible(
    kinds=("serverless",),
    keys=("a tenant with `network`",),
    reason="a serverless endpoint cannot be in a network",
    source=_SERVERLESS,
)
TO_ZERO = Impossible(
    kinds=("real-time",),
    keys=("`min_instances: 0`",),
    reason="AWS scales a real-time endpoint to zero only where it hosts inference components, "
    "which Terrace does not make; kind asynchronous can have none, and kinds lambda and serverless "
    "cost nothing while nobody asks",
    source=f"{_DOCS}/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html",
)
ONE_INSTANCE = Impossible(
    kinds=("real-time", "asynchronous"),
    keys=("`rollout.traffic` canary or linear with fewer than 2 `min_instances`",),
    reason="AWS shifts traffic by whole instances, at most half of them in the first step",
    source=f"{_DOCS}/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html",
)
ONE_CONTAINER = Impossible(
    kinds=("multi-model",),
    keys=("models of one tenant with different `source`",),
    reason="a multi-model endpoint has one container, which loads all of its models",
    source=f"{_DOCS}/sagemaker/latest/dg/multi-model-endpoints.html",
)
COMBINED = (IN_A_NETWORK, TO_ZERO, ONE_INSTANCE, ONE_CONTAINER)


def why_not(kind: str, key: str) -> Impossible | None:
    """Why a kind of endpoint has no such key, where AWS has a reason."""
    return next((one for one in IMPOSSIBLE if kind in one.kinds and key in one.keys), None)
