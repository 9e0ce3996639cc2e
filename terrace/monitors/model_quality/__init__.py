"""Model quality: do the predictions still agree with the labels as well as they did?

Labels come late; a window says how many predictions still wait for theirs, and what calibrated
scores lead to expect of all of them (`estimate`).
"""

from dataclasses import dataclass, replace
from typing import Any

from terrace.batch import Batch, Layout
from terrace.errors import TerraceError
from terrace.monitor import Files, Options, Result, judged
from terrace.monitors.model_quality import binary, constraints, judging, multiclass, regression
from terrace.monitors.model_quality.calibration import Calibration
from terrace.monitors.model_quality.constraints import Baseline
from terrace.monitors.model_quality.estimate import estimated
from terrace.monitors.model_quality.observing import observe, refuse_many
from terrace.monitors.model_quality.options import ModelQualityOptions
from terrace.monitors.model_quality.plots import plots
from terrace.monitors.model_quality.state import NAME, ModelQualityState
from terrace.monitors.uncertainty import Measure

__all__ = ["KIND", "ModelQuality", "ModelQualityOptions", "ModelQualityState"]

_TWO = 2


class InvalidLabels(TerraceError):
    """Labels that no baseline can be made of."""


@dataclass(frozen=True, kw_only=True)
class ModelQuality:
    """The monitor, with the baseline that it compares with."""

    baseline: Baseline
    options: ModelQualityOptions

    @property
    def layout(self) -> Layout:
        """The prediction out of the response, and the label."""
        return _layout(self.options, self.baseline.features)

    @property
    def positive(self) -> str | None:
        """The class that is looked for, where there are two."""
        if self.options.problem != "binary":
            return None
        return self.options.positive or max(self.baseline.classes, default="1", key=_order)

    def zero(self) -> ModelQualityState:
        """The state of no rows."""
        return ModelQualityState()

    def observe(self, batch: Batch) -> ModelQualityState:
        """The state of a batch.

        Raises:
            InvalidData: A column is not there.
        """
        return observe(batch, self.options, self.positive, self.baseline.calibration)

    def check(self, state: ModelQualityState) -> Result:
        """What of the baseline's constraints does not hold.

        Raises:
            TooManySlices: The column of slices has hundreds of values.
        """
        refuse_many(state.slices, self.options)
        known = self._of_known_classes(state)
        measures = self.measures(known)
        statistics = self.statistics(known, measures)
        metrics = statistics[constraints.metrics_member(self.options.problem)]
        found = judging.violations(state, measures, self.baseline, self.options)
        compared = judging.compared(state, measures, self.baseline, self.options)
        return Result(
            records=state.records,
            violations=judged(state.records, found, compared),
            compared=compared,
            notes=tuple(judging.notes(state)),
            reports={"statistics": statistics},
            plots=tuple(plots(metrics, measures, self.baseline.constraints)),
            figures={constraint.metric: _value(measures, constraint.metric)
                     for constraint in self.baseline.constraints},
        )  # fmt: skip

    def load_state(self, dumped: dict[str, Any]) -> ModelQualityState:
        """A state, from what its `dump` gave."""
        return ModelQualityState.load(dumped)

    def measures(self, state: ModelQualityState) -> dict[str, Measure]:
        """Every metric of the problem."""
        if self.options.problem == "regression":
            return regression.measures(state.errors)
        if self.options.problem == "multiclass":
            return multiclass.measures(state.cells)
        found = binary.measures(_confusion(state, self.positive))
        return found | ({"auc": state.scores.auc()} if self.options.score else {})

    def statistics(self, state: ModelQualityState, measures: dict[str, Measure]) -> dict[str, Any]:
        """`statistics.json`, in SageMaker's shape."""
        metrics: dict[str, Any] = {name: one.as_json() for name, one in measures.items()}
        if self.options.problem != "regression":
            metrics = {"confusion_matrix": _matrix(state)} | metrics | state.scores.curves()
        found = {
            "version": 0.0,
            "dataset": {
                "item_count": state.labelled,
                "waiting_count": state.waiting,
                "unusable_count": state.unusable,
            },
            constraints.metrics_member(self.options.problem): metrics,
        }
        if state.slices:
            found["slices"] = {
                "column": self.options.slices,
                "values": {value: self._slice(one) for value, one in sorted(state.slices.items())},
            }
        if self.positive is not None and state.expected:
            found["estimated_performance"] = estimated(state.expected, self.positive)
        return found

    def _slice(self, state: ModelQualityState) -> dict[str, Any]:
        """The metrics of the rows with one value; where scores lie is kept of all rows alone."""
        measures = self.measures(self._of_known_classes(state))
        told = {n: one.as_json() for n, one in measures.items() if "constant" not in n}
        return {"item_count": state.labelled, **told}

    def _of_known_classes(self, state: ModelQualityState) -> ModelQualityState:
        """Without rows that neither of two classes fits: these are told of by themselves."""
        if self.options.problem != "binary" or not self.baseline.classes:
            return state
        kept = {cell: count for cell, count in state.cells.items()
                if set(cell) <= set(self.baseline.classes)}  # fmt: skip
        return replace(state, cells=kept)


def _order(value: str) -> tuple[int, float, str]:
    """Numbers by size, then texts."""
    try:
        return (0, float(value), value)
    except ValueError:
        return (1, 0.0, value)


def _value(measures: dict[str, Measure], metric: str) -> float | None:
    return measures[metric].finite if metric in measures else None


def _layout(options: ModelQualityOptions, features: tuple[str, ...]) -> Layout:
    scores = (options.score,) if options.score else ()
    return Layout(
        features=features if options.slices else (),
        outputs=(options.predicted, *scores),
        label=options.label,
    )


def _confusion(state: ModelQualityState, positive: str | None) -> binary.Confusion:
    counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for (label, predicted), count in state.cells.items():
        counts[label == positive, predicted == positive] += count
    return binary.Confusion(*counts.values())


def _matrix(state: ModelQualityState) -> dict[str, dict[str, int]]:
    classes = sorted({name for cell in state.cells for name in cell}, key=_order)
    return {
        label: {predicted: state.cells.get((label, predicted), 0) for predicted in classes}
        for label in classes
    }


@dataclass(frozen=True, kw_only=True)
class ModelQualityKind:
    """How a baseline of model quality is made and read."""

    name: str = NAME
    options: type[Options] = ModelQualityOptions
    files: tuple[str, ...] = ("statistics", "constraints")

    def layout(self, options: ModelQualityOptions, features: tuple[str, ...]) -> Layout:
        """The prediction and the label; for slices the features too."""
        return _layout(options, features)

    def suggest(self, batch: Batch, options: ModelQualityOptions) -> dict[str, Any]:
        """Metrics of a labelled data set, and a threshold for each.

        Raises:
            InvalidData: A column is not there.
            InvalidLabels: There is no label, or not as many classes as the problem has.
        """
        first = observe(batch, options.model_copy(update={"score": None}), None, Calibration())
        classes = tuple(sorted({name for cell in first.cells for name in cell}, key=_order))
        _refuse(first, options, classes)
        monitor = ModelQuality(baseline=Baseline(constraints=(), classes=classes), options=options)
        state = monitor.observe(batch)
        measures = monitor.measures(state)
        if all(measure.finite is None for measure in measures.values()):
            raise InvalidLabels(
                f"no metric of {options.label!r} and {options.predicted!r} is a number; expected "
                "labels and predictions that are not as large as numbers can be"
            )
        calibration = Calibration.fitted(state.scores)
        own = _layout(options, ()).columns
        features = tuple(name for name in batch.columns if name not in own)
        return {
            "statistics": monitor.statistics(replace(state, expected={}), measures),
            "constraints": constraints.suggested(
                options.problem, measures, options.tolerance, classes, calibration, features
            ),
        }

    def load(self, files: Files, options: ModelQualityOptions) -> ModelQuality:
        """The monitor, from files of Terrace or of SageMaker Model Monitor.

        Raises:
            InvalidConstraints: The file is no baseline of the problem.
        """
        baseline = constraints.load(files["constraints"], options.problem)
        positive = options.positive
        if positive is not None and baseline.classes and positive not in baseline.classes:
            raise InvalidLabels(
                f"positive got {positive!r}; the baseline has {', '.join(baseline.classes)}"
            )
        return ModelQuality(baseline=baseline, options=options)


def _refuse(
    state: ModelQualityState, options: ModelQualityOptions, classes: tuple[str, ...]
) -> None:
    if not state.labelled:
        raise InvalidLabels(
            f"no row has both {options.label!r} and {options.predicted!r} as problem "
            f"{options.problem} needs them, of {state.records + state.unusable}; expected one"
        )
    if options.problem != "binary":
        return
    if len(classes) > _TWO:
        raise InvalidLabels(
            f"{options.label!r} and {options.predicted!r} have {len(classes)} classes, "
            f"{', '.join(classes[:5])}; problem binary has two"
        )
    if options.positive is not None and options.positive not in classes:
        raise InvalidLabels(
            f"positive got {options.positive!r}; {options.label!r} has {', '.join(classes)}"
        )


KIND = ModelQualityKind()
