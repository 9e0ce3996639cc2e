"""The metrics of a window beside those of the baseline that they are compared with.

A facet's values are a set: their order, and whether 1 is written 1.0, make no difference. Of a
facet with a threshold the upper end of the interval is the greatest number that came, which may
change from one window to the next.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from terrace.monitors.bias_drift import flip_test, metrics
from terrace.monitors.bias_drift.analysis import STAGES, Entry, InvalidAnalysis
from terrace.monitors.bias_drift.options import BiasDriftOptions, Facet
from terrace.monitors.values import canonical_values

_INTERVAL = re.compile(r"^\((?P<threshold>[^,]+),[^,]+\]$")
_KNOWN = {*metrics.PRE_TRAINING, *metrics.POST_TRAINING, flip_test.NAME}

Group = frozenset[str] | float | None  # a facet's values, or its threshold
Key = tuple[str, Group, str]


@dataclass(frozen=True)
class Pair:
    """A metric of the baseline and the same of the window."""

    expected: Entry
    observed: Entry


def pairs(
    baseline: Iterable[Entry], window: Iterable[Entry], options: BiasDriftOptions
) -> Iterator[Pair]:
    """Each metric of the baseline with its partner."""
    facets = {facet.name: facet for facet in options.facets()}
    live = {_key(entry, facets): entry for entry in window}
    for expected in baseline:
        if observed := live.get(_key(expected, facets)):
            yield Pair(expected, observed)


def refuse_without_partner(baseline: Iterable[Entry], options: BiasDriftOptions) -> None:
    """Sees to it that whatever the baseline has will be compared, and all that is asked for.

    Raises:
        InvalidAnalysis: A metric, a facet or a value of the baseline is none that the options
            name, or the other way round.
    """
    facets = {facet.name: facet for facet in options.facets()}
    for entry in baseline:
        _refuse(entry, facets.get(entry.facet), options)
    if absent := facets.keys() - {entry.facet for entry in baseline}:
        raise InvalidAnalysis(
            f"facet got {', '.join(sorted(absent))}; the baseline has metrics of "
            f"{', '.join(sorted({entry.facet for entry in baseline}))}"
        )


def _refuse(entry: Entry, facet: Facet | None, options: BiasDriftOptions) -> None:
    where = f"analysis.json has {entry.name}"
    if facet is None:
        raise InvalidAnalysis(
            f"{where}, which nothing would be compared with: expected {entry.facet!r} among the "
            f"facets (facet), which are {', '.join(options.facet)}"
        )
    if entry.metric not in _KNOWN:
        raise InvalidAnalysis(
            f"{where}, which is no metric that this Terrace knows; expected any of "
            f"{', '.join(sorted(_KNOWN))}"
        )
    asked = _asked(facet)
    if asked is not None and asked != _group(entry.value_or_threshold, facet):
        named = (
            f"threshold {facet.threshold}"
            if facet.threshold is not None
            else (f"values {', '.join(facet.values)}")
        )
        raise InvalidAnalysis(
            f"{where}; expected the {named} of the options (facet_values, threshold)"
        )
    if entry.stage == STAGES[1] and not options.predicted:
        raise InvalidAnalysis(f"{where}, of predictions; expected the name of their column "
                              "(predicted)")  # fmt: skip


def _asked(facet: Facet) -> Group:
    """The group that a facet's options name; None where they name none."""
    return facet.threshold if facet.threshold is not None else frozenset(facet.values) or None


def _key(entry: Entry, facets: Mapping[str, Facet]) -> Key:
    facet = facets.get(entry.facet)
    return (entry.facet, _group(entry.value_or_threshold, facet), entry.metric)


def _group(text: str, facet: Facet | None) -> Group:
    if facet and facet.threshold is not None and (interval := _INTERVAL.match(text)):
        try:
            return float(interval["threshold"])
        except ValueError:
            return None
    return frozenset(canonical_values(text))
