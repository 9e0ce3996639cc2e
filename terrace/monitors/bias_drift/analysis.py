"""`analysis.json` in SageMaker Clarify's shape: each metric of each value of each facet."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from terrace.errors import TerraceError
from terrace.monitor import joined
from terrace.monitors.bias_drift import flip_test, metrics
from terrace.monitors.bias_drift.disparity import without_each_row
from terrace.monitors.bias_drift.metrics import Metric
from terrace.monitors.bias_drift.observing import ABOVE
from terrace.monitors.bias_drift.options import BiasDriftOptions, Facet
from terrace.monitors.bias_drift.state import BiasDriftState, FacetCounts
from terrace.monitors.bias_drift.table import Table, Undefined
from terrace.monitors.moments import finite
from terrace.monitors.uncertainty import Measure, jackknife, of_rows

STAGES = ("pre_training_bias_metrics", "post_training_bias_metrics")
# What Clarify called them at first, in pairs.
_OLDER_NAMES = {"DCA": "DCO", "DCR": "DCO", "DAR": "DLR", "DRR": "DLR"}
_NEWER = 2


class InvalidAnalysis(TerraceError):
    """A file that is no baseline of bias."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One metric of one value of one facet; where it is undefined, why.

    Attributes:
        sampled: Whether it comes from a sample of the rows.
    """

    stage: str
    facet: str
    value_or_threshold: str
    metric: str
    description: str
    measure: Measure
    error: str | None = None
    sampled: bool = False

    @property
    def name(self) -> str:
        """What reports and messages call it."""
        return f"{self.facet}={self.value_or_threshold} {self.metric}"

    def as_json(self) -> dict[str, Any]:
        """As Clarify has it, with an interval of 95 % beside the value."""
        value, deviation = self.measure.value, self.measure.standard_deviation
        found: dict[str, Any] = {
            "name": self.metric,
            "description": self.description,
            "value": _as_json(value),
        }
        if self.metric in _OLDER_NAMES:
            found["older_name"] = _OLDER_NAMES[self.metric]
        if value is not None and deviation is not None and math.isfinite(value + deviation):
            found["standard_deviation"] = deviation
            room = self.measure.room
            found["confidence_interval"] = [value - room, value + room]
            found["size"] = self.measure.size
        if self.sampled:
            found["sampled"] = True
        if self.error:
            found["error"] = self.error
        return found

    @classmethod
    def load(cls, stage: str, facet: str, value: str, told: Mapping[str, Any]) -> Self:
        """From JSON."""
        return cls(
            stage=stage,
            facet=facet,
            value_or_threshold=value,
            metric=str(told["name"]),
            description=str(told.get("description", "")),
            measure=Measure(
                value=_number(told.get("value")),
                standard_deviation=finite(_number(told.get("standard_deviation"))),
                size=finite(_number(told.get("size"))),
            ),
            error=told.get("error"),
            sampled=bool(told.get("sampled")),
        )


def _number(value: Any) -> float | None:
    """A number of a file, which may be infinite; None where it says that there is none."""
    number = None if value is None else float(value)
    return None if number is None or math.isnan(number) else number


def _as_json(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "Infinity" if value > 0 else "-Infinity"


def entries(
    state: BiasDriftState, options: BiasDriftOptions, asked: Mapping[str, Iterable[str]]
) -> Iterator[Entry]:
    """Every metric of every value of every facet.

    Args:
        state: The window's.
        options: Of the monitor.
        asked: Values of facets without values of their own, which are looked at even if they
            did not come.
    """
    for place, facet in enumerate(options.facets()):
        counts = state.facets[place] if state.facets else FacetCounts()
        for name, values in _groups(facet, counts, asked.get(facet.name, ())).items():
            table = counts.table(frozenset(values))
            for stage, metric, description, measured in _measured(table, options):
                yield _entry(stage, facet.name, name, metric, description, measured)
            if options.predicted:
                flipped = _entry(
                    STAGES[1],
                    facet.name,
                    name,
                    flip_test.NAME,
                    flip_test.DESCRIPTION,
                    _flipped(state, place, values),
                )
                yield replace(flipped, sampled=state.sample.cut)


def _entry(
    stage: str, facet: str, value: str, metric: str, description: str, measured: Measure | str
) -> Entry:
    undefined = isinstance(measured, str)
    return Entry(
        stage=stage,
        facet=facet,
        value_or_threshold=value,
        metric=metric,
        description=description,
        measure=Measure(value=None) if isinstance(measured, str) else measured,
        error=str(measured) if undefined else None,
    )


def _groups(facet: Facet, counts: FacetCounts, asked: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The disadvantaged, by what reports call them."""
    if facet.threshold is not None:
        return {_interval(facet.threshold, counts.maximum): (ABOVE,)}
    if facet.values:
        return {joined(facet.values): facet.values}
    return {value: (value,) for value in sorted({*counts.values, *asked})}


def _interval(threshold: float, maximum: float | None) -> str:
    top = threshold if maximum is None else maximum
    whole = threshold.is_integer() and float(top).is_integer()
    low, high = (int(threshold), int(top)) if whole else (threshold, top)
    return f"({low}, {high}]"


def _measured(
    table: Table, options: BiasDriftOptions
) -> Iterator[tuple[str, str, str, Measure | str]]:
    labelled = table.labelled()
    by_label = labelled.keeping(labels=True)
    for name, metric in metrics.PRE_TRAINING.items():
        with_strata = name in metrics.WITH_STRATA
        of = labelled.keeping(strata=True, labels=True) if with_strata else by_label
        yield STAGES[0], name, metrics.named(metric), _with_deviation(name, metric, of)
    if not options.predicted:
        return
    predicted = table.predicted()
    by_prediction = predicted.keeping(predictions=True)
    by_both = predicted.labelled().keeping(labels=True, predictions=True)
    for name, metric in metrics.POST_TRAINING.items():
        of = by_prediction if name in metrics.OF_PREDICTIONS else by_both
        if name in metrics.WITH_STRATA:
            of = predicted.keeping(strata=True, predictions=True)
        yield STAGES[1], name, metrics.named(metric), _with_deviation(name, metric, of)


def _with_deviation(name: str, metric: Metric, table: Table) -> Measure | str:
    def attempt(of: Table) -> float | None:
        try:
            return metric(of)
        except Undefined:
            return None

    try:
        value = metric(table)
    except Undefined as error:
        return str(error)
    if not math.isfinite(value):
        return Measure(value=value)
    sides = table.count(True) * table.count(False) / max(table.count(), 1)
    left: Iterable[tuple[int, float | None]]
    if name in metrics.WITH_STRATA:
        left = without_each_row(table, metrics.WITH_STRATA[name])
    else:
        left = ((count, attempt(of)) for count, of in table.one_row_less)
    known = ((n, x if x is None or math.isfinite(x) else None) for n, x in left)
    return of_rows(jackknife(value, known), sides)


def _flipped(state: BiasDriftState, place: int, values: Iterable[str]) -> Measure | str:
    try:
        return flip_test.flip_test(state.sample, place, values)
    except Undefined as error:
        return str(error)


def dump(
    found: Iterable[Entry], options: BiasDriftOptions, features: Iterable[str]
) -> dict[str, Any]:
    """The file."""
    content: dict[str, Any] = {"version": "1.0"}
    hoped_for = joined(options.positive) or str(options.label_threshold)
    for entry in found:
        stage = content.setdefault(
            entry.stage,
            {"label": options.label, "label_value_or_threshold": hoped_for, "facets": {}},
        )
        groups = stage["facets"].setdefault(entry.facet, [])
        if not groups or groups[-1]["value_or_threshold"] != entry.value_or_threshold:
            groups.append({"value_or_threshold": entry.value_or_threshold, "metrics": []})
        groups[-1]["metrics"].append(entry.as_json())
    for stage_name in STAGES:
        for groups in content.get(stage_name, {}).get("facets", {}).values():
            for group in groups:
                group["metrics"].sort(key=lambda metric: str(metric["name"]))
    content["terrace"] = {"features": list(features)}
    return content


def load(content: Mapping[str, Any]) -> tuple[list[Entry], tuple[str, ...]]:
    """The metrics of a baseline, Terrace's or Clarify's, and the features if the file has them.

    Raises:
        InvalidAnalysis: It is no analysis of bias.
    """
    if float(content.get("version", 1)) >= _NEWER:
        raise InvalidAnalysis(
            f"analysis.json is of version {content['version']}; this Terrace reads versions below "
            f"{_NEWER}"
        )
    found = []
    try:
        for stage in STAGES:
            for facet, groups in content.get(stage, {}).get("facets", {}).items():
                for group in groups:
                    value = str(group["value_or_threshold"])
                    found += [Entry.load(stage, facet, value, told) for told in group["metrics"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidAnalysis(
            f"analysis.json cannot be read ({error!r}); expected {' and '.join(STAGES)} as "
            "SageMaker Clarify writes them"
        ) from error
    if not found:
        raise InvalidAnalysis(
            f"analysis.json has {', '.join(content) or 'nothing'}; expected {' or '.join(STAGES)}"
        )
    return found, tuple(content.get("terrace", {}).get("features", ()))
