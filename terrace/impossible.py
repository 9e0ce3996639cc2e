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
        keys: The keys of `endpoint`.
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
        kinds=("serverless", "lambda"),
        keys=("shadow",),
        reason="traffic is mirrored to a shadow variant of a real-time endpoint alone",
        source=_SHADOW,
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


def why_not(kind: str, key: str) -> Impossible | None:
    """Why a kind of endpoint has no such key, where AWS has a reason."""
    return next((one for one in IMPOSSIBLE if kind in one.kinds and key in one.keys), None)
