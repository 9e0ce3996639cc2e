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
    """

    metric: str
    operator: str
    threshold: float
    deviation: float | None = None

    def violation(self, measure: Measure, tolerance: float) -> Violation | None:
        """The violation, in SageMaker's words; None where the metric holds or is undefined."""
        value, deviation = measure.value, measure.standard_deviation
        threshold = self.threshold_for(measure, tolerance)
        if value is None or not _OPERATORS[self.operator](value, threshold):
            return None
        spread = "NaN" if deviation is None else deviation
        return Violation(
            feature=self.metric,
            check=self.operator,
            description=f"Metric {self.metric} with {value} +/- {spread} was {self.operator} "
            f"'{threshold}'",
            value=value,
            threshold=threshold,
            members={"metric_name": self.metric},
        )

    def threshold_for(self, measure: Measure, tolerance: float) -> float:
        """The threshold, further off by what a smaller window varies more than the baseline.

        That of a file without the baseline's deviations, SageMaker's say, is taken as it is.
        """
        own, window = self.deviation, measure.standard_deviation
        if own is None or window is None or window <= own:
            return self.threshold
        room = tolerance * (math.hypot(own, window) - math.sqrt(2) * own)
        return self.threshold + (room if self.operator.startswith("Greater") else -room)


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
        if measure.value is None:
            continue
        # The baseline is a sample as the window is, so their difference varies more than each.
        room = tolerance * math.sqrt(2) * (measure.standard_deviation or 0.0)
        greater = name in _WORSE_WHEN_GREATER
        found[name] = {
            "threshold": measure.value + room if greater else measure.value - room,
            "comparison_operator": "GreaterThanThreshold" if greater else "LessThanThreshold",
        }
    own = {
        "classes": list(classes),
        "calibration": calibration.dump(),
        "features": list(features),
        "standard_deviations": {name: measures[name].standard_deviation for name in found},
    }
    return {"version": 0.0, f"{_MEMBERS[problem]}_constraints": found, "terrace": own}


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
    own = content.get("terrace", {})
    return Baseline(
        constraints=tuple(_constraints(content[member], own.get("standard_deviations", {}))),
        classes=tuple(own.get("classes", ())),
        features=tuple(own.get("features", ())),
        calibration=Calibration.load(own.get("calibration")),
    )


def _constraints(
    content: Mapping[str, Any], deviations: Mapping[str, float | None]
) -> Iterator[Constraint]:
    for metric, told in content.items():
        try:
            operator, threshold = told["comparison_operator"], float(told["threshold"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidConstraints(
                f"constraints.json: {metric} got {told!r}; expected threshold and "
                "comparison_operator"
            ) from error
        if operator not in _OPERATORS:
            raise InvalidConstraints(
                f"constraints.json: {metric} got comparison_operator {operator!r}; expected one "
                f"of {', '.join(_OPERATORS)}"
            )
        yield Constraint(
            metric=metric,
            operator=operator,
            threshold=threshold,
            deviation=deviations.get(metric),
        )
