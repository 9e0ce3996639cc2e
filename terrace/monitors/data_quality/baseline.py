"""The baseline of data quality: what the training data were like, and what may not change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from terrace.monitors.data_quality import histogram
from terrace.monitors.data_quality.histogram import Histogram
from terrace.monitors.data_quality.monitoring import (
    OVERRIDES,
    InvalidBaseline,
    Monitoring,
    of_all,
    of_feature,
    refuse_unknown,
    without_overrides,
)

# deequ's default for the correction of the distance, about one false alarm in 300 (Knuth 3.3.1).
ROBUST_QUANTILE = 1.8
_TYPES = ("Integral", "Fractional", "String", "Unknown")
_FILE = ("version", "features", "monitoring_config")
_MEMBERS = {
    "num_constraints": ("is_non_negative",),
    "string_constraints": ("domains",),
}
_FEATURE = ("name", "inferred_type", "completeness", *_MEMBERS)


@dataclass(frozen=True, kw_only=True)
class FeatureBaseline:
    """What is expected of one feature.

    Attributes:
        inferred_type: Integral, Fractional, String or Unknown.
        completeness: The least share of rows with a value.
        non_negative: Whether numbers below zero are violations.
        edges: The greatest number of each of the histogram's bins; of a free text these are bins
            of its length in characters.
        bins: The baseline's count in each bin, one more than edges.
        mean: Of the baseline's numbers.
        categories: How often each value of a text came; None where it is no text, or a free one.
        other: How many of the baseline's values are none of these categories.
        domain: The values that a text may have, None where any may come.
        monitoring: How this feature is compared.
    """

    name: str
    inferred_type: str
    completeness: float | None = None
    non_negative: bool = False
    edges: tuple[float, ...] = ()
    bins: tuple[int, ...] = ()
    mean: float | None = None
    categories: dict[str, int] | None = None
    other: int = 0
    domain: frozenset[str] | None = None
    monitoring: Monitoring = field(default_factory=Monitoring)

    @property
    def by_length(self) -> bool:
        """Whether this is a free text, of which the lengths are compared."""
        return self.inferred_type == "String" and bool(self.edges)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The baseline of all features, in the order in which an endpoint takes them."""

    features: dict[str, FeatureBaseline]
    monitoring: Monitoring

    @property
    def evaluated(self) -> dict[str, FeatureBaseline]:
        """The features that are checked, by name."""
        return {name: one for name, one in self.features.items() if one.monitoring.evaluate}

    @classmethod
    def load(cls, statistics: Mapping[str, Any], constraints: Mapping[str, Any]) -> Self:
        """From `statistics.json` and `constraints.json`, Terrace's or SageMaker Model Monitor's.

        Raises:
            InvalidBaseline: The files are no baseline, do not belong together, or have a key that
                is not known.
        """
        for name, content in (("statistics", statistics), ("constraints", constraints)):
            _refuse_other_files(name, content)
        refuse_unknown(constraints, _FILE, "the file")
        general = of_all(constraints)
        described = {feature["name"]: feature for feature in statistics["features"]}
        names = [_name(feature) for feature in constraints["features"]]
        if unknown := [name for name in names if name not in described]:
            raise InvalidBaseline(
                f"constraints.json has features that statistics.json has not: "
                f"{', '.join(unknown)}; the files are of different baselines"
            )
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidBaseline(f"constraints.json has {', '.join(twice)} more than once")
        return cls(
            features={
                feature["name"]: _feature(feature, described[feature["name"]], general)
                for feature in constraints["features"]
            },
            monitoring=general,
        )


def _refuse_other_files(name: str, content: Mapping[str, Any]) -> None:
    if not isinstance(content.get("features"), list):
        raise InvalidBaseline(f"{name}.json has no list `features`: it is no baseline")
    if float(content.get("version", 0)) >= 1:
        raise InvalidBaseline(
            f"{name}.json is of version {content['version']}; this Terrace reads versions below 1"
        )


def _name(constraint: Any) -> str:
    if not isinstance(constraint, Mapping) or "name" not in constraint:
        raise InvalidBaseline(f"constraints.json: a feature got {constraint!r}; expected a name")
    return str(constraint["name"])


def _feature(
    constraint: Mapping[str, Any], statistics: Mapping[str, Any], general: Monitoring
) -> FeatureBaseline:
    name = str(constraint["name"])
    refuse_unknown(without_overrides(constraint), _FEATURE, name)
    numbers, texts = (_member(constraint, member) for member in _MEMBERS)
    found = _histogram(name, statistics)
    categories, other = _categories(statistics)
    return FeatureBaseline(
        name=name,
        inferred_type=_type(constraint),
        completeness=_completeness(constraint),
        non_negative=_non_negative(name, numbers),
        edges=found.edges,
        bins=found.bins,
        mean=_mean(statistics),
        categories=categories,
        other=other,
        domain=_domain(name, texts),
        monitoring=of_feature(constraint, general),
    )


def _member(constraint: Mapping[str, Any], member: str) -> dict[str, Any]:
    found = constraint.get(member) or {}
    where = f"{constraint['name']}: {member}"
    refuse_unknown(found, (*_MEMBERS[member], *OVERRIDES), where)
    return without_overrides(found)


def _type(constraint: Mapping[str, Any]) -> str:
    kind = constraint.get("inferred_type", "Unknown")
    if kind not in _TYPES:
        raise InvalidBaseline(
            f"constraints.json: {constraint['name']}: inferred_type got {kind!r}; expected one of "
            f"{', '.join(_TYPES)}"
        )
    return str(kind)


def _completeness(constraint: Mapping[str, Any]) -> float | None:
    value = constraint.get("completeness")
    if value is None:
        return None
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = -1.0
    if not 0 <= share <= 1:
        raise InvalidBaseline(
            f"constraints.json: {constraint['name']}: completeness got {value!r}; expected a "
            "number from 0 to 1"
        )
    return share


def _non_negative(name: str, numbers: Mapping[str, Any]) -> bool:
    value = numbers.get("is_non_negative")
    if value not in (None, True, False):
        raise InvalidBaseline(
            f"constraints.json: {name}: is_non_negative got {value!r}; expected true or false"
        )
    return bool(value)


def _domain(name: str, texts: Mapping[str, Any]) -> frozenset[str] | None:
    domains = texts.get("domains")
    if not isinstance(domains, list | None):
        raise InvalidBaseline(
            f"constraints.json: {name}: domains got {domains!r}; expected a list of values"
        )
    return frozenset(map(str, domains)) if domains else None


def _mean(statistics: Mapping[str, Any]) -> float | None:
    value = (statistics.get("numerical_statistics") or {}).get("mean")
    return histogram.finite(value)


def _histogram(name: str, statistics: Mapping[str, Any]) -> Histogram:
    numerical = (statistics.get("numerical_statistics") or {}).get("distribution") or {}
    own = (statistics.get("string_statistics") or {}).get("terrace") or {}
    try:
        return histogram.load({"terrace": own["lengths"]} if "lengths" in own else numerical)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidBaseline(
            f"statistics.json: {name}: its histogram cannot be read ({error}); expected buckets "
            "with lower_bound, upper_bound and count, in rising order"
        ) from error


def _categories(statistics: Mapping[str, Any]) -> tuple[dict[str, int] | None, int]:
    """How often each value of a text came, and how often values that are not in the file."""
    texts = statistics.get("string_statistics") or {}
    distribution = texts.get("distribution") or {}
    buckets = (distribution.get("categorical") or {}).get("buckets")
    if not buckets:
        return None, 0
    found: dict[str, int] = {}
    for bucket in buckets:
        value = str(bucket["value"])
        found[value] = found.get(value, 0) + int(bucket["count"])
    present = (texts.get("common") or {}).get("num_present") or 0
    return found, max(0, int(present) - sum(found.values()))
