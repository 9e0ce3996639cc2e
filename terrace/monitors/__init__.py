"""The monitors, by the name that settings, commands and reports have for each."""

from terrace.monitor import Kind
from terrace.monitors import (
    attribution_drift,
    bias_drift,
    cardinality,
    data_quality,
    model_quality,
)

_KINDS: tuple[Kind, ...] = (
    data_quality.KIND,
    model_quality.KIND,
    bias_drift.KIND,
    attribution_drift.KIND,
    cardinality.KIND,
)
MONITORS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
