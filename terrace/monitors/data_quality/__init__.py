"""Data quality: are the values still those of the kind, range and shape that training saw?"""

from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from terrace.batch import Batch, Layout
from terrace.monitor import Files, Options, Result, Violation, judged
from terrace.monitors.data_quality import checks, coverage, files, scan
from terrace.monitors.data_quality.baseline import Baseline, FeatureBaseline
from terrace.monitors.data_quality.comparison import comparison, discovered, distance
from terrace.monitors.data_quality.monitoring import Method
from terrace.monitors.data_quality.plots import plots
from terrace.monitors.data_quality.state import NAME, DataQualityState, FeatureState
from terrace.monitors.data_quality.suggest import suggest

__all__ = ["KIND", "Baseline", "DataQuality", "DataQualityOptions", "DataQualityState", "suggest"]

_DRIFT_THRESHOLD = 0.1


class DataQualityOptions(Options):
    """Are the values still those of the kind, range and shape that training saw?"""

    drift_threshold: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Largest L-infinity distance from the baseline; "
        f"by default the baseline's own, {_DRIFT_THRESHOLD} where one is made.",
    )
    comparison_method: Method | None = Field(
        None,
        description="How distributions are compared: Robust or Simple (L-infinity), PSI, "
        "JensenShannon or Wasserstein; by default the baseline's own, Robust where one is made.",
    )
    false_discovery_rate: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Of the features that are said to drift, at most this share by chance.",
    )


@dataclass(frozen=True, kw_only=True)
class DataQuality:
    """The monitor, with the baseline that it compares with."""

    baseline: Baseline
    false_discovery_rate: float | None = None

    @property
    def layout(self) -> Layout:
        """The features, in the order in which an endpoint takes them."""
        return Layout(features=tuple(self.baseline.features))

    def zero(self) -> DataQualityState:
        """The state of no rows."""
        return DataQualityState()

    def observe(self, batch: Batch) -> DataQualityState:
        """The state of a batch."""
        return scan.observe(batch, self.baseline.features)

    def check(self, state: DataQualityState) -> Result:
        """What of the baseline's constraints does not hold."""
        none = FeatureState()
        figures = {
            name: distance(state.features.get(name, none), expected)
            for name, expected in self.baseline.features.items()
        }
        compared = coverage.compared(state, self.baseline)
        return Result(
            records=state.records,
            violations=judged(state.records, self._violations(state), compared),
            reports={"statistics": self._statistics(state)},
            figures={name: figures[name] for name in figures if self._emits(name)},
            plots=tuple(plots(state, self.baseline, figures)),
            compared=compared,
            notes=tuple(coverage.notes(state, self.baseline)),
        )

    def _emits(self, name: str) -> bool:
        return self.baseline.features[name].monitoring.emit_metrics

    def load_state(self, dumped: dict[str, Any]) -> DataQualityState:
        """A state, from what its `dump` gave."""
        return DataQualityState.load(dumped)

    def _violations(self, state: DataQualityState) -> list[Violation]:
        found = list(checks.violations(state, self.baseline))
        if self.false_discovery_rate is None:
            return found
        compared = {
            name: comparison(state.features[name], expected)
            for name, expected in self.baseline.features.items()
            if name in state.features
        }
        chances = {name: one.chance for name, one in compared.items() if one}
        drifted = discovered(chances, self.false_discovery_rate)
        return [v for v in found if v.check != checks.DRIFT or v.feature in drifted]

    def _statistics(self, state: DataQualityState) -> dict[str, Any]:
        return {
            "version": 0.0,
            "dataset": {"item_count": state.records},
            "features": [
                files.statistics_of(expected, state.features[name], self._buckets(name, state))
                for name, expected in self.baseline.features.items()
                if name in state.features
            ],
        }

    def _buckets(self, name: str, state: DataQualityState) -> list[dict[str, float]]:
        """The histogram on the baseline's edges: a window is read once, its bounds unknown."""
        edges, feature = self.baseline.features[name].edges, state.features[name]
        if not feature.bins or feature.minimum is None or feature.maximum is None:
            return []
        uppers = [*edges, max(edges[-1], feature.maximum)]
        lowers = [min(edges[0], feature.minimum), *edges]
        bounds = zip(lowers, uppers, feature.bins, strict=True)
        return [
            {"lower_bound": low, "upper_bound": high, "count": float(count)}
            for low, high, count in bounds
        ]


@dataclass(frozen=True, kw_only=True)
class DataQualityKind:
    """How a baseline of data quality is made and read."""

    name: str = NAME
    options: type[Options] = DataQualityOptions
    files: tuple[str, ...] = ("statistics", "constraints")

    def layout(self, _options: DataQualityOptions, features: tuple[str, ...]) -> Layout:
        """The features alone."""
        return Layout(features=features)

    def suggest(self, batch: Batch, options: DataQualityOptions) -> dict[str, Any]:
        """Statistics and constraints of a data set.

        Raises:
            InvalidBaseline: The data set has no rows.
        """
        statistics, constraints = suggest(
            batch,
            options.drift_threshold or _DRIFT_THRESHOLD,
            options.comparison_method or "Robust",
        )
        return {"statistics": statistics, "constraints": constraints}

    def load(self, files: Files, options: DataQualityOptions) -> DataQuality:
        """The monitor, from files of Terrace or of SageMaker Model Monitor.

        Raises:
            InvalidBaseline: The files are no baseline, or do not belong together.
        """
        baseline = Baseline.load(files["statistics"], files["constraints"])
        features = {n: _with_options(one, options) for n, one in baseline.features.items()}
        return DataQuality(
            baseline=replace(baseline, features=features),
            false_discovery_rate=options.false_discovery_rate,
        )


def _with_options(expected: FeatureBaseline, options: DataQualityOptions) -> FeatureBaseline:
    """What is expected of a feature, compared as the options say where they say anything."""
    monitoring = expected.monitoring
    if options.comparison_method:
        monitoring = replace(
            monitoring, method=options.comparison_method, categorical_method="LInfinity"
        )
    if options.drift_threshold:
        monitoring = replace(
            monitoring, drift_threshold=options.drift_threshold, categorical_threshold=None
        )
    return replace(expected, monitoring=monitoring)


KIND = DataQualityKind()
