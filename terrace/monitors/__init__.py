"""The monitors, by the name that settings, commands and reports have for each."""

from terrace.monitors.data_quality import DataQuality

MONITORS: dict[str, type[DataQuality]] = {"data-quality": DataQuality}
