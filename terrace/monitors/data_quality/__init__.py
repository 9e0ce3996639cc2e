"""Data quality: are the values still those of the kind, range and shape that training saw?"""

from dataclasses import dataclass
from typing import Any

from terrace.batch import Batch
from terrace.monitor import Result, worst_first
from terrace.monitors.data_quality import checks, files, scan
from terrace.monitors.data_quality.baseline import Baseline
from terrace.monitors.data_quality.state import DataQualityState, FeatureState
from terrace.monitors.data_quality.suggest import suggest

__all__ = ["Baseline", "DataQuality", "DataQualityState", "suggest"]


@dataclass(frozen=True, kw_only=True)
class DataQuality:
    """The monitor, with the baseline that it compares with."""

    baseline: Baseline

    @property
    def features(self) -> tuple[str, ...]:
        """The columns, in the order in which an endpoint takes them."""
        return tuple(self.baseline.features)

    def zero(self) -> DataQualityState:
        """The state of no rows."""
        return DataQualityState()

    def observe(self, batch: Batch) -> DataQualityState:
        """The state of a batch."""
        return scan.observe(batch, self.baseline.features)

    def check(self, state: DataQualityState) -> Result:
        """What of the baseline's constraints does not hold."""
        robust = self.baseline.monitoring.robust
        none = FeatureState()
        return Result(
            records=state.records,
            violations=worst_first(list(checks.violations(state, self.baseline))),
            statistics={
                "version": 0.0,
                "dataset": {"item_count": state.records},
                "features": [
                    files.statistics_of(expected, state.features[name], self._buckets(name, state))
                    for name, expected in self.baseline.features.items()
                    if name in state.features
                ],
            },
            figures={
                name: checks.distance(state.features.get(name, none), expected, robust=robust)
                for name, expected in self.baseline.features.items()
            },
        )

    def load_state(self, dumped: dict[str, Any]) -> DataQualityState:
        """A state, from what its `dump` gave."""
        return DataQualityState.load(dumped)

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
