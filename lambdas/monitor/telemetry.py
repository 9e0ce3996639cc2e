"""What a monitor measured, as CloudWatch metrics: lines of the log in the embedded format."""

import hashlib
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE = "Terrace"
_MOST_FEATURES = 20  # each is a metric of its own, and CloudWatch asks a price for each

# A dimension's value is 1 to 1,024 printable characters of ASCII, one of them no space.
_LONGEST = 1024
_AS_THEY_ARE = "".join(set(string.punctuation + " ") - {"%"})


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The numbers of one window."""

    records: int
    quarantined: int
    violations: int
    figures: Mapping[str, float] = field(default_factory=dict)  # by feature
    violated: frozenset[str] = frozenset()  # features

    @property
    def worst(self) -> list[tuple[str, float]]:
        """The features that are violated, then those with the largest figures."""

        def order(item: tuple[str, float]) -> tuple[bool, float, str]:
            name, figure = item
            return (name not in self.violated, -figure, name)

        return sorted(self.figures.items(), key=order)[:_MOST_FEATURES]


def emit(measured: Measured, *, tenant: str, model: str, monitor: str) -> None:
    """Writes the metrics `Records`, `Quarantined`, `Violations`, and a `Value` a feature."""
    dimensions = {"Tenant": tenant, "Model": model, "Monitor": monitor}
    counts = {
        "Records": measured.records,
        "Quarantined": measured.quarantined,
        "Violations": measured.violations,
    }
    _write(counts, MetricUnit.Count, dimensions)
    for feature, figure in measured.worst:
        _write({"Value": figure}, MetricUnit.NoUnit, dimensions | {"Feature": spelled(feature)})


def spelled(name: str) -> str:
    """A feature's name as the value of a dimension; two names never have the same one.

    Whatever CloudWatch does not take, and the percent sign, is percent-encoded as in a URL, which
    `urllib.parse.unquote` undoes. Of a name that is too long then the beginning is kept, and the
    SHA-256 of the name.
    """
    value = quote(name, safe=_AS_THEY_ARE, errors="surrogatepass")
    if not value.strip():
        value = value.replace(" ", "%20") or "%"  # a percent sign by itself is no character's
    if len(value) > _LONGEST:
        digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
        value = f"{value[: _LONGEST - len(digest) - 2]}%~{digest}"
    return value


def _write(values: Mapping[str, float], unit: MetricUnit, dimensions: Mapping[str, str]) -> None:
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    for dimension, value in dimensions.items():
        metrics.add_dimension(dimension, value)
    for name, number in values.items():
        metrics.add_metric(name, unit, number)
    metrics.flush_metrics()
