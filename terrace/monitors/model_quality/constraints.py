"""`constraints.json` of model quality: a threshold a metric, and on which side it is violated."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from terrace.errors import TerraceError
from terrace.monitor import Violation
from terrace.monitors.model_quality import binary, multiclass, regression
from terrace.monitors.model_quality.calibration import Calibration
from terrace.monitors.model_quality.options import Problem
from terrace.monitors.moments import finite
from terrace.monitors.uncertainty import Measure

_MEMBERS: dict[Problem, str] = {
    "binary": "binary_classification",
    "multiclass": "multiclass_classification",
    "regression": "regression",
}
_METRICS: dict[Problem, tuple[str, ...]] = {
    "binary": (*binary.METRICS, "auc"),
    "multiclass": tuple(multiclass.METRICS),
    "regression": regression.METRICS,
}
_CONSTANT = "_best_constant_classifier"
_WORSE_WHEN_GREATER = binary.WORSE_WHEN_GREATER | regression.WORSE_WHEN_GREATER
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


class InvalidConstraints(TerraceError):
    """A file that is no baseline of model quality, or one of another problem."""


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """When a metric is violated.

    Attributes:
        metric: Its name.
        operator: On which side of the threshold.
        threshold: For a window that is as large as the baseline.
        deviation: The baseline's standard deviation, where the file says.
        size: How many of the baseline's rows the metric was taken of, where the file says.
        skewness: Of what one of these rows adds to the metric, likewise.
    """

    metric: str
    operator: str
    threshold: float
    deviation: float | None = None
    size: float | None = None
    skewness: float = 0.0

    def violation(self, measure: Measure, tolerance: float) -> Violation | None:
        """The violation, in SageMaker's words; None where the metric holds or is undefined."""
        value, deviation = measure.value, measure.standard_deviation
        threshold = self.threshold_for(measure, tolerance)
        if value is None or not _OPERATORS[self.operator](value, threshold):
            return None
        spread = "NaN" if deviation is None else deviation
        told = value if math.isfinite(value) else "more than a number can be"
        return Violation(
            feature=self.metric,
            check=self.operator,
            description=f"Metric {self.metric} with {told} +/- {spread} was {self.operator} "
            f"'{threshold}'",
            value=value,
            threshold=threshold,
            members={"metric_name": self.metric},
        )

    def threshold_for(self, measure: Measure, tolerance: float) -> float:
        """The threshold, further off by what a smaller window varies more than the baseline.

        That comes from the baseline's deviation and from both sizes, never from the window's own
        deviation: what makes a metric bad, a few wild errors say, makes that large, too. The
        threshold of a file without deviations, SageMaker's say, is taken as it is.
        """
        size = measure.size
        if not self.deviation or not self.size or not size or size >= self.size:
            return self.threshold
        greater = self.operator.startswith("Greater")
        growth = math.sqrt(1 + self.size / size) - math.sqrt(2)
        # The first term of Cornish and Fisher's expansion (1938) for a tail that is longer.
        longer = max(0.0, self.skewness if greater else -self.skewness) / math.sqrt(size)
        tail = max(0.0, tolerance**2 - 1) / 6 * longer * math.sqrt(self.size / size)
        room = self.deviation * (tolerance * growth + tail)
        return self.threshold + (room if greater else -room)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What the window is held against.

    Attributes:
        constraints: One a metric.
        classes: Those that labels had; empty where the file does not say.
        calibration: From scores to probabilities.
        features: The columns of requests, where slices need them.
    """

    constraints: tuple[Constraint, ...]
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    calibration: Calibration = field(default_factory=Calibration)


def metrics_member(problem: Problem) -> str:
    """Where `statistics.json` has the metrics of a problem."""
    return f"{_MEMBERS[problem]}_metrics"


def suggested(
    problem: Problem,
    measures: Mapping[str, Measure],
    tolerance: float,
    classes: tuple[str, ...],
    calibration: Calibration,
    features: tuple[str, ...],
) -> dict[str, Any]:
    """The file: each threshold on the worse side of the baseline, by so many deviations."""
    found = {}
    for name in _METRICS[problem]:
        measure = measures.get(name, Measure(value=None))
        # The baseline is a sample as the window is, so their difference varies more than each.
        room = tolerance * math.sqrt(2) * (measure.standard_deviation or 0.0)
        greater = name in _WORSE_WHEN_GREATER
        if (threshold := finite(_beyond(measure.value, room, greater=greater))) is not None:
            found[name] = {
                "threshold": threshold,
                "comparison_operator": "GreaterThanThreshold" if greater else "LessThanThreshold",
            }
    own = {
        "classes": list(classes),
        "calibration": calibration.dump(),
        "features": list(features),
        "standard_deviations": {n: finite(measures[n].standard_deviation) for n in found},
        "sizes": {n: measures[n].size for n in found},
        "skewnesses": {n: finite(measures[n].skewness) for n in found},
    }
    return {"version": 0.0, f"{_MEMBERS[problem]}_constraints": found, "terrace": own}


def _beyond(value: float | None, room: float, *, greater: bool) -> float | None:
    if value is None:
        return None
    return value + room if greater else value - room


def load(content: Mapping[str, Any], problem: Problem) -> Baseline:
    """The baseline, from Terrace's file or SageMaker Model Monitor's.

    Raises:
        InvalidConstraints: It is of another problem, of a newer version, or no baseline at all.
    """
    member = f"{_MEMBERS[problem]}_constraints"
    if float(content.get("version", 0)) >= 1:
        raise InvalidConstraints(
            f"constraints.json is of version {content['version']}; "
            "this Terrace reads versions below 1"
        )
    if not isinstance(content.get(member), Mapping):
        raise InvalidConstraints(
            f"constraints.json has {', '.join(content) or 'nothing'}; expected {member} for "
            f"problem {problem}"
        )
    if unknown := [key for key in content if key not in ("version", member, "terrace")]:
        raise InvalidConstraints(
            f"constraints.json has {', '.join(unknown)}, which this Terrace does not know; "
            f"expected version and {member}"
        )
    if not content[member]:
        raise InvalidConstraints(f"constraints.json: {member} has no metric; expected at least one")
    own = content.get("terrace", {})
    return Baseline(
        constraints=tuple(_constraints(content[member], own)),
        classes=tuple(own.get("classes", ())),
        features=tuple(own.get("features", ())),
        calibration=Calibration.load(own.get("calibration")),
    )


def _constraints(content: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[Constraint]:
    known = {name.removesuffix(_CONSTANT) for names in _METRICS.values() for name in names}
    for metric, told in content.items():
        if metric.removesuffix(_CONSTANT) not in known:
            raise InvalidConstraints(
                f"constraints.json: {metric} is no metric that this Terrace knows; expected any of "
                f"{', '.join(sorted(known))}"
            )
        operator, threshold = _threshold(metric, told)
        yield Constraint(
            metric=metric,
            operator=operator,
            threshold=threshold,
            deviation=own.get("standard_deviations", {}).get(metric),
            size=own.get("sizes", {}).get(metric),
            skewness=own.get("skewnesses", {}).get(metric) or 0.0,
        )


def _threshold(metric: str, told: Any) -> tuple[str, float]:
    try:
        operator, threshold = told["comparison_operator"], float(told["threshold"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidConstraints(
            f"constraints.json: {metric} got {told!r}; expected threshold and comparison_operator"
        ) from error
    if not math.isfinite(threshold):
        raise InvalidConstraints(
            f"constraints.json: {metric} got threshold {told['threshold']!r}; expected a number"
        )
    if operator not in _OPERATORS:
        raise InvalidConstraints(
            f"constraints.json: {metric} got comparison_operator {operator!r}; expected one of "
            f"{', '.join(_OPERATORS)}"
        )
    return operator, threshold
