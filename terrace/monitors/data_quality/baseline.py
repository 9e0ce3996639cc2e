"""The baseline of data quality: what the training data were like, and what may not change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from terrace.errors import TerraceError

# deequ's default for the correction of the distance, about one false alarm in 300 (Knuth 3.3.1).
ROBUST_QUANTILE = 1.8
# How distributions are compared; the first two are SageMaker's names.
Method = Literal["Robust", "Simple", "PSI", "JensenShannon", "Wasserstein"]
METHODS: tuple[Method, ...] = get_args(Method)


class InvalidBaseline(TerraceError):
    """Baseline files that cannot be used."""


@dataclass(frozen=True, kw_only=True)
class FeatureBaseline:
    """What is expected of one feature.

    Attributes:
        inferred_type: Integral, Fractional, String or Unknown.
        completeness: The least share of rows with a value.
        non_negative: Whether numbers below zero are violations.
        edges: Upper bounds of the histogram's bins.
        bins: The baseline's count in each bin, one more than edges.
        categories: How often each value of a text came; None where it is no text, or a free one.
        domain: The values that a text may have, None where any may come.
    """

    name: str
    inferred_type: str
    completeness: float | None = None
    non_negative: bool = False
    edges: tuple[float, ...] = ()
    bins: tuple[int, ...] = ()
    categories: dict[str, int] | None = None
    domain: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """How the comparison is made, as `monitoring_config` says."""

    datatype_threshold: float = 1.0
    domain_threshold: float = 1.0
    drift_threshold: float = 0.1
    method: Method = "Robust"
    compare: bool = True


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The baseline of all features, in the order in which an endpoint takes them."""

    features: dict[str, FeatureBaseline]
    monitoring: Monitoring

    @classmethod
    def load(cls, statistics: Mapping[str, Any], constraints: Mapping[str, Any]) -> Self:
        """From `statistics.json` and `constraints.json`, Terrace's or SageMaker Model Monitor's.

        Raises:
            InvalidBaseline: The files are no baseline, or do not belong together.
        """
        for name, content in (("statistics", statistics), ("constraints", constraints)):
            if not isinstance(content.get("features"), list):
                raise InvalidBaseline(f"{name}.json has no list `features`: it is no baseline")
            if float(content.get("version", 0)) >= 1:
                raise InvalidBaseline(
                    f"{name}.json is of version {content['version']}; "
                    f"this Terrace reads versions below 1"
                )
        described = {feature["name"]: feature for feature in statistics["features"]}
        unknown = [f["name"] for f in constraints["features"] if f["name"] not in described]
        if unknown:
            raise InvalidBaseline(
                f"constraints.json has features that statistics.json has not: "
                f"{', '.join(unknown)}; the files are of different baselines"
            )
        return cls(
            features={
                feature["name"]: _feature(feature, described[feature["name"]])
                for feature in constraints["features"]
            },
            monitoring=_monitoring(constraints.get("monitoring_config", {})),
        )


def _feature(constraint: Mapping[str, Any], statistics: Mapping[str, Any]) -> FeatureBaseline:
    numerical = statistics.get("numerical_statistics", {}).get("distribution", {})
    categorical = statistics.get("string_statistics", {}).get("distribution", {})
    edges, bins = _histogram(numerical)
    buckets = categorical.get("categorical", {}).get("buckets")
    domains = constraint.get("string_constraints", {}).get("domains")
    return FeatureBaseline(
        name=constraint["name"],
        inferred_type=constraint.get("inferred_type", "Unknown"),
        completeness=_number(constraint.get("completeness")),
        non_negative=bool(constraint.get("num_constraints", {}).get("is_non_negative", False)),
        edges=edges,
        bins=bins,
        categories={b["value"]: int(b["count"]) for b in buckets} if buckets else None,
        domain=frozenset(domains) if domains else None,
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _histogram(distribution: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Terrace's own edges where the file has them, else those of SageMaker's ten buckets."""
    if own := distribution.get("terrace"):
        return tuple(own["edges"]), tuple(own["counts"])
    buckets = distribution.get("kll", {}).get("buckets", [])
    if not buckets:
        return (), ()
    return (
        tuple(float(bucket["upper_bound"]) for bucket in buckets),
        (*(int(bucket["count"]) for bucket in buckets), 0),
    )


def _monitoring(config: Mapping[str, Any]) -> Monitoring:
    comparison = config.get("distribution_constraints", {})
    method = comparison.get("comparison_method", METHODS[0])
    if method not in METHODS:
        raise InvalidBaseline(
            f"constraints.json: comparison_method got {method!r}; "
            f"expected one of {', '.join(METHODS)}"
        )
    return Monitoring(
        datatype_threshold=float(config.get("datatype_check_threshold", 1.0)),
        domain_threshold=float(config.get("domain_content_threshold", 1.0)),
        drift_threshold=float(comparison.get("comparison_threshold", 0.1)),
        method=method,
        compare=comparison.get("perform_comparison", "Enabled") == "Enabled",
    )
