"""Bias drift: do labels and predictions treat groups of people as alike as they did?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from terrace.batch import Batch, Layout
from terrace.monitor import Compared, Files, Options, Result, Violation, judged
from terrace.monitors.bias_drift import analysis
from terrace.monitors.bias_drift.analysis import Entry
from terrace.monitors.bias_drift.judging import (
    InvalidFacet,
    InvalidLabel,
    refuse,
    unheard,
    violation,
)
from terrace.monitors.bias_drift.observing import features_of, observe, refuse_many
from terrace.monitors.bias_drift.options import BiasDriftOptions
from terrace.monitors.bias_drift.pairs import Pair, pairs, refuse_without_partner
from terrace.monitors.bias_drift.state import NAME, BiasDriftState
from terrace.monitors.values import canonical
from terrace.plots import Interval, Intervals, Plot

__all__ = [
    "KIND", "BiasDrift", "BiasDriftOptions", "BiasDriftState", "InvalidFacet", "InvalidLabel",
]  # fmt: skip


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
        """Which metrics are worse than the baseline's.

        Raises:
            TooManyValues: A facet or the strata have hundreds of values.
        """
        for counts, facet in zip(state.facets, self.options.facets(), strict=False):
            refuse_many(counts, facet, self.options)
        found = list(analysis.entries(state, self.options, self._asked()))
        paired = list(pairs(self.baseline, found, self.options))
        compared = _compared(self.baseline, paired)
        return Result(
            records=state.records,
            violations=judged(state.records, self._violations(state, found, paired), compared),
            compared=compared,
            notes=tuple(self._notes(state)),
            reports={"analysis": analysis.dump(found, self.options, self.features)},
            figures={entry.name: entry.measure.finite for entry in found},
            plots=tuple(self._plots(found, paired)),
        )

    def load_state(self, dumped: dict[str, Any]) -> BiasDriftState:
        """A state, from what its `dump` gave."""
        return BiasDriftState.load(dumped)

    def _plots(self, found: list[Entry], paired: list[Pair]) -> Iterator[Plot]:
        """The metrics of each facet's value on one scale."""
        before = {pair.observed.name: pair.expected.measure.finite for pair in paired}
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
                    baseline=before.get(entry.name),
                )
                groups.setdefault(title, []).append(row)
        for title, rows in groups.items():
            yield Intervals(title=title, rows=rows)

    def _asked(self) -> dict[str, list[str]]:
        """The values that each facet without values of its own had in the baseline."""
        asked: dict[str, list[str]] = {}
        for entry in self.baseline:
            asked.setdefault(entry.facet, []).append(canonical(entry.value_or_threshold))
        return asked

    def _violations(
        self, state: BiasDriftState, found: list[Entry], paired: list[Pair]
    ) -> Iterator[Violation]:
        if not state.records:
            return
        yield from unheard(state, self.options)
        if not state.labels.rows:
            yield from self._without_labels(state)
        absent = {
            (e.facet, e.value_or_threshold): e.error
            for e in found
            if e.metric == "CI" and e.measure.value is None and state.labels.rows
        }
        for (facet, value), why in sorted(absent.items()):
            yield Violation(
                feature=f"{facet}={value}",
                check="facet_check",
                description=f"The window has no rows to compare for value {value!r} of the facet "
                f"{facet!r}: {why}.",
                members={"facet": facet, "facet_value": value},
            )
        for pair in paired:
            if one := violation(pair, self.options.tolerance):
                yield one

    def _without_labels(self, state: BiasDriftState) -> Iterator[Violation]:
        """A window whose labels have not come yet, where the baseline has metrics of labels."""
        if any(entry.stage == analysis.STAGES[0] for entry in self.baseline):
            yield Violation(
                feature="Missing labels",
                check="labels_check",
                description=f"None of the {state.records} rows has a label yet, so nothing of "
                f"{self.options.label!r} could be compared.",
                value=0.0,
                threshold=1.0,
            )

    def _notes(self, state: BiasDriftState) -> Iterator[str]:
        """What of the window is no part of its metrics."""
        if waiting := state.records - state.labels.rows:
            yield f"{waiting} of {state.records} rows have no label"
        if not self.options.predicted:
            return
        if state.predictions.rows < state.records:
            without = state.records - state.predictions.rows
            yield f"{without} of {state.records} rows have no prediction"
        if state.sample.cut:
            yield (
                f"FT: of more than {state.sample.limit} different rows, "
                f"{len(state.sample.rows)} are looked at"
            )
        elif state.sample.rows and state.sample.count < state.predictions.rows:
            yield (
                f"FT: {state.sample.count} of {state.predictions.rows} rows have numbers in all "
                "columns but the facet's, and are looked at"
            )


def _compared(baseline: tuple[Entry, ...], paired: list[Pair]) -> Compared:
    """The metrics that have a value on both sides."""
    asked = [entry for entry in baseline if entry.measure.value is not None]
    observed = {pair.expected.name: pair.observed for pair in paired}
    reasons = {e.name: e.error or "undefined in the baseline" for e in baseline if e not in asked}
    count = 0
    for entry in asked:
        live = observed.get(entry.name)
        if live is not None and live.measure.value is not None:
            count += 1
        else:
            reasons[entry.name] = (live and live.error) or "the window has no such rows"
    return Compared(what="metrics", count=count, of=len(asked), reasons=reasons)


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
            InvalidFacet: No row, or every row, is of the disadvantaged, or a value that is named
                never comes.
            InvalidLabel: No label is what is hoped for.
        """
        state = observe(batch, options)
        refuse(state, options)
        found = list(analysis.entries(state, options, {}))
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
            InvalidAnalysis: The file is no analysis of bias, or one of other facets.
        """
        found, features = analysis.load(files["analysis"])
        refuse_without_partner(found, options)
        return BiasDrift(baseline=tuple(found), features=features, options=options)


KIND = BiasDriftKind()
