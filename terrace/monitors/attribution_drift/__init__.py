"""Attribution drift: do the same features drive the predictions, in the same order?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terrace.batch import Batch, Layout
from terrace.monitor import Compared, Files, Options, Result, Violation, judged
from terrace.monitors.attribution_drift import analysis, models
from terrace.monitors.attribution_drift.analysis import METHODS, Baseline, InvalidAttributions
from terrace.monitors.attribution_drift.explaining import explained
from terrace.monitors.attribution_drift.models import Cell
from terrace.monitors.attribution_drift.observing import observe, reference_of
from terrace.monitors.attribution_drift.options import AttributionDriftOptions
from terrace.monitors.attribution_drift.ranking import measured
from terrace.monitors.attribution_drift.state import NAME, AttributionDriftState, Blocks
from terrace.monitors.sampling import Sample
from terrace.monitors.uncertainty import Measure
from terrace.plots import Plot, Ranks

__all__ = ["KIND", "AttributionDrift", "AttributionDriftOptions", "AttributionDriftState"]


@dataclass(frozen=True, kw_only=True)
class AttributionDrift:
    """The monitor, with the baseline that it compares with."""

    baseline: Baseline
    options: AttributionDriftOptions

    @property
    def layout(self) -> Layout:
        """The features."""
        return Layout(features=self.baseline.features)

    def zero(self) -> AttributionDriftState:
        """The state of no rows."""
        return AttributionDriftState(sample=Sample(size=self.options.sample))

    def observe(self, batch: Batch) -> AttributionDriftState:
        """The state of a batch.

        Raises:
            InvalidData: A feature is not there.
        """
        return observe(batch, self.baseline.features, self.options)

    def check(self, state: AttributionDriftState) -> Result:
        """Whether the ranking of features is another.

        Raises:
            UnusableModel: The model cannot be loaded, or does not take the data.
        """
        live, method = self._attributed(state)
        importances = self.baseline.importances
        found = {
            name: measured(importances[name], blocks)
            for name, blocks in live.items()
            if any(importances.get(name, {}).values()) and blocks.whole.rows
        }
        report = self._analysis(live, found, method)
        compared = self._compared(found)
        return Result(
            records=state.records,
            violations=judged(state.records, self._violations(found), compared),
            compared=compared,
            notes=tuple(self._notes(state, live)),
            reports={"analysis": report},
            plots=tuple(_plots(report["terrace"]["ranks"])),
            figures={name: measure.value for name, measure in found.items()},
        )

    def load_state(self, dumped: dict[str, Any]) -> AttributionDriftState:
        """A state, from what its `dump` gave."""
        return AttributionDriftState.load(dumped)

    def _attributed(self, state: AttributionDriftState) -> tuple[dict[str, Blocks], str]:
        if not self.options.model:
            (name, *_) = self.baseline.importances
            return ({name: state.given} if state.given.blocks else {}), self.baseline.method
        explainer = models.load(Path(self.options.model), self.baseline.features)
        features, reference = self.baseline.features, self.baseline.reference
        return explained(state.sample, explainer, features, reference), explainer.method

    def _violations(self, found: Mapping[str, Measure]) -> Iterator[Violation]:
        for name, measure in found.items():
            if measure.value is None:
                yield Violation(
                    feature=name,
                    check="feature_attribution_drift_check",
                    description="Every attribution of the window is 0: the prediction depends on "
                    "no feature any more, so there is no ranking to compare.",
                    value=0.0,
                    threshold=self.options.threshold,
                    members={"label": name, "metric_name": "shap"},
                )
            elif measure.value < self.options.threshold:
                yield Violation(
                    feature=name,
                    check="feature_attribution_drift_check",
                    description=f"Feature attribution drift {measure.value} exceeds threshold "
                    f"{self.options.threshold}",
                    value=measure.value,
                    threshold=self.options.threshold,
                    members={"label": name, "metric_name": "shap"},
                )

    def _compared(self, found: Mapping[str, Measure]) -> Compared:
        """The model's outputs whose rankings are known on both sides."""
        reasons = {
            name: "the baseline has no importance above 0"
            if not any(importances.values())
            else "the window has no attributions of this output"
            for name, importances in self.baseline.importances.items()
            if name not in found
        }
        reasons |= {n: "every attribution is 0" for n, one in found.items() if one.value is None}
        return Compared(
            what="outputs of the model",
            count=sum(one.value is not None for one in found.values()),
            of=sum(any(of.values()) for of in self.baseline.importances.values()),
            reasons=reasons,
        )

    def _notes(self, state: AttributionDriftState, live: Mapping[str, Blocks]) -> Iterator[str]:
        explained_rows = max((blocks.whole.rows for blocks in live.values()), default=0)
        if explained_rows < state.records:
            yield (
                f"{explained_rows} of {state.records} rows are explained, those with the smallest "
                "hashes (sample)"
            )
        for name, blocks in live.items():
            if blocks.whole.missing:
                yield f"{name}: {blocks.whole.missing} attributions are no numbers and count as 0"
            if name not in self.baseline.importances:
                yield f"{name}: the baseline has no such output, so it is not compared"

    def _analysis(
        self, live: Mapping[str, Blocks], found: Mapping[str, Measure], method: str
    ) -> dict[str, Any]:
        content = analysis.dump(live, method, self.baseline.features, self.baseline.reference)
        content["terrace"]["ndcg"] = {name: one.as_json() for name, one in found.items()}
        content["terrace"]["ranks"] = {
            name: analysis.ranks(self.baseline.importances.get(name, {}), blocks.whole.means)
            for name, blocks in live.items()
        }
        return content


def _plots(ranks: Mapping[str, list[dict[str, Any]]]) -> Iterator[Plot]:
    for name, rows in ranks.items():
        places = [(row["name"], row["baseline_rank"], row["rank"]) for row in rows]
        yield Ranks(title=name, rows=places)


@dataclass(frozen=True, kw_only=True)
class AttributionDriftKind:
    """How a baseline of attributions is made and read."""

    name: str = NAME
    options: type[Options] = AttributionDriftOptions
    files: tuple[str, ...] = ("analysis",)

    def layout(self, _options: AttributionDriftOptions, features: tuple[str, ...]) -> Layout:
        """The features."""
        return Layout(features=features)

    def suggest(self, batch: Batch, options: AttributionDriftOptions) -> dict[str, Any]:
        """The importance of each feature, the mean absolute attribution over a data set.

        Raises:
            InvalidAttributions: There are no rows, no source of attributions, or all are 0.
            UnusableModel: The model cannot be loaded, or does not take the data.
        """
        features = tuple(batch.columns)
        state = observe(batch, features, options)
        reference: tuple[Cell, ...] = (None,) * len(features)
        live, method = {"label0": state.given}, METHODS[0]
        if options.model:
            reference = reference_of(batch, features)
            explainer = models.load(Path(options.model), features)
            live = explained(state.sample, explainer, features, reference)
            method = explainer.method
        if not state.records or not any(any(b.whole.means.values()) for b in live.values()):
            raise InvalidAttributions(
                f"{state.records} rows have no attribution but 0; expected rows that the "
                "prediction depends on"
            )
        return {"analysis": analysis.dump(live, method, features, reference)}

    def load(self, files: Files, options: AttributionDriftOptions) -> AttributionDrift:
        """The monitor, from a file of Terrace or of SageMaker Clarify.

        Raises:
            InvalidAttributions: The file is no analysis with explanations.
        """
        return AttributionDrift(baseline=analysis.load(files["analysis"]), options=options)


KIND = AttributionDriftKind()
