"""Bias drift: do labels and predictions treat groups of people as alike as they did?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from terrace.batch import Batch, Layout
from terrace.errors import TerraceError
from terrace.monitor import NO_RECORDS, Files, Options, Result, Violation, worst_first
from terrace.monitors.bias_drift import analysis, flip_test
from terrace.monitors.bias_drift.analysis import Entry
from terrace.monitors.bias_drift.observing import features_of, observe
from terrace.monitors.bias_drift.options import BiasDriftOptions
from terrace.monitors.bias_drift.state import NAME, BiasDriftState
from terrace.plots import Interval, Intervals, Plot

__all__ = ["KIND", "BiasDrift", "BiasDriftOptions", "BiasDriftState"]

_CHECK = "bias_drift_check"
_OF_SAMPLES = 3.0


class InvalidFacet(TerraceError):
    """Data whose facet says nothing."""


@dataclass(frozen=True, kw_only=True)
class BiasDrift:
    """The monitor, with the baseline that it compares with."""

    baseline: tuple[Entry, ...]
    features: tuple[str, ...]
    options: BiasDriftOptions

    @property
    def layout(self) -> Layout:
        """The features, among them facets and strata; the prediction and the label."""
        return _layout(self.options, self.features)

    def zero(self) -> BiasDriftState:
        """The state of no rows."""
        return BiasDriftState()

    def observe(self, batch: Batch) -> BiasDriftState:
        """The state of a batch.

        Raises:
            InvalidData: A column is not there.
            TooManyValues: A facet is no category.
        """
        return observe(batch, self.options)

    def check(self, state: BiasDriftState) -> Result:
        """Which metrics are worse than the baseline's."""
        found = list(analysis.entries(state, self.options, self._asked()))
        violations = list(self._violations(found)) if state.records else [NO_RECORDS]
        return Result(
            records=state.records,
            violations=worst_first(violations),
            reports={"analysis": analysis.dump(found, self.options, self.features)},
            figures={_named(entry): entry.measure.finite for entry in found},
            plots=tuple(self._plots(found)),
        )

    def load_state(self, dumped: dict[str, Any]) -> BiasDriftState:
        """A state, from what its `dump` gave."""
        return BiasDriftState.load(dumped)

    def _plots(self, found: list[Entry]) -> Iterator[Plot]:
        """The metrics of each facet's value on one scale."""
        before = {entry.key: entry.measure.finite for entry in self.baseline}
        groups: dict[str, list[Interval]] = {}
        for entry in found:
            title = f"{entry.facet}: {entry.value_or_threshold}"
            value, room = entry.measure.finite, entry.measure.room
            if value is not None:
                row = Interval(
                    name=f"{entry.metric} {entry.description}",
                    value=value,
                    low=value - room,
                    high=value + room,
                    baseline=before.get(entry.key),
                )
                groups.setdefault(title, []).append(row)
        for title, rows in groups.items():
            yield Intervals(title=title, rows=rows)

    def _asked(self) -> dict[str, list[str]]:
        """The values that each facet without values of its own had in the baseline."""
        asked: dict[str, list[str]] = {}
        for entry in self.baseline:
            asked.setdefault(entry.facet, []).append(entry.value_or_threshold)
        return asked

    def _violations(self, found: list[Entry]) -> Iterator[Violation]:
        thresholds = {f.name for f in self.options.facets() if f.threshold is not None}
        live = {entry.key: entry for entry in found}
        # The upper end of an interval is the greatest number that came, which may change.
        live |= {(e.facet, "", e.metric): e for e in found if e.facet in thresholds}
        absent = {e.key[:2] for e in found if e.metric == "CI" and e.measure.value is None}
        for facet, value in sorted(absent):
            yield Violation(
                feature=f"{facet}={value}",
                check="facet_check",
                description=f"The window has no rows to compare for value {value!r} of the facet "
                f"{facet!r}.",
                members={"facet": facet, "facet_value": value},
            )
        for expected in self.baseline:
            value = "" if expected.facet in thresholds else expected.value_or_threshold
            observed = live.get((expected.facet, value, expected.metric))
            if observed and (violation := self._violation(observed, expected)):
                yield violation

    def _violation(self, observed: Entry, expected: Entry) -> Violation | None:
        value, before = observed.measure.value, expected.measure.value
        if value is None or before is None:
            return None
        ideal = 1.0 if observed.metric == "DI" else 0.0
        tolerance = self.options.tolerance
        if observed.metric == flip_test.NAME:  # which comes from a sample
            tolerance = max(tolerance, _OF_SAMPLES)
        room = tolerance * (observed.measure.standard_deviation or 0.0)
        if abs(value - ideal) - room <= abs(before - ideal):
            return None
        return Violation(
            feature=_named(observed),
            check=_CHECK,
            description=f"Value {value} does not meet the constraint requirement {before}",
            value=observed.measure.finite,
            threshold=expected.measure.finite,
            members={
                "facet": observed.facet,
                "facet_value": observed.value_or_threshold,
                "metric_name": observed.metric,
            },
        )


def _named(entry: Entry) -> str:
    return f"{entry.facet}={entry.value_or_threshold} {entry.metric}"


def _layout(options: BiasDriftOptions, features: tuple[str, ...]) -> Layout:
    outputs = (options.predicted,) if options.predicted else ()
    return Layout(features=features, outputs=outputs, label=options.label)


@dataclass(frozen=True, kw_only=True)
class BiasDriftKind:
    """How a baseline of bias is made and read."""

    name: str = NAME
    options: type[Options] = BiasDriftOptions
    files: tuple[str, ...] = ("analysis",)

    def layout(self, options: BiasDriftOptions, features: tuple[str, ...]) -> Layout:
        """The features, the prediction and the label."""
        return _layout(options, features)

    def suggest(self, batch: Batch, options: BiasDriftOptions) -> dict[str, Any]:
        """Every bias metric of a labelled data set.

        Raises:
            InvalidData: A column is not there.
            InvalidFacet: No row, or every row, is of the disadvantaged.
        """
        found = list(analysis.entries(observe(batch, options), options, {}))
        useless = [e for e in found if e.metric == "CI" and e.measure.value is None]
        if useless or not found:
            told = [f"{e.facet}={e.value_or_threshold}: {e.error}" for e in useless]
            raise InvalidFacet(
                f"facet got {'; '.join(told) or 'no labelled rows'}; expected rows of both sides, "
                f"with a label {options.label!r}"
            )
        return {"analysis": analysis.dump(found, options, features_of(batch, options))}

    def load(self, files: Files, options: BiasDriftOptions) -> BiasDrift:
        """The monitor, from a file of Terrace or of SageMaker Clarify.

        Raises:
            InvalidAnalysis: The file is no analysis of bias.
        """
        found, features = analysis.load(files["analysis"])
        return BiasDrift(baseline=tuple(found), features=features, options=options)


KIND = BiasDriftKind()
