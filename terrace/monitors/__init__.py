"""The monitors, by the name that settings, commands and reports have for each."""

from terrace.monitor import Kind
from terrace.monitors import cardinality, data_quality, model_quality

MONITORS: dict[str, Kind] = {
    kind.name: kind for kind in (data_quality.KIND, model_quality.KIND, cardinality.KIND)
}
