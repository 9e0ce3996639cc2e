"""A plot for each feature, the farthest from the baseline first."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from terrace.monitors.data_quality.baseline import Baseline, FeatureBaseline
from terrace.monitors.data_quality.state import DataQualityState, FeatureState
from terrace.plots import Distribution, Plot, Shares

_MOST_VALUES = 8


def plots(
    state: DataQualityState, baseline: Baseline, distances: Mapping[str, float | None]
) -> Iterator[Plot]:
    """The distribution of each number, the shares of the most frequent values of each text."""
    for name in sorted(distances, key=lambda name: -(distances[name] or 0.0)):
        expected, observed = baseline.features[name], state.features.get(name)
        if observed is None:
            continue
        if expected.edges and observed.bins and sum(observed.bins) and sum(expected.bins):
            yield Distribution(
                title=name,
                edges=expected.edges,
                baseline=_cumulated(expected.bins),
                live=_cumulated(observed.bins),
            )
        elif expected.categories and observed.present:
            yield _shares(name, expected, observed)


def _cumulated(bins: Sequence[int]) -> list[float]:
    """The share of numbers up to each edge; the last bin lies beyond them."""
    whole = sum(bins)
    return [round(count / whole, 4) for count in accumulate(bins[:-1])]


def _shares(name: str, expected: FeatureBaseline, observed: FeatureState) -> Shares:
    categories = expected.categories or {}
    most = sorted(categories, key=lambda value: -categories[value])[:_MOST_VALUES]
    whole = sum(categories.values())
    names, before = list(most), [categories[value] / whole for value in most]
    live = [observed.known.get(value, 0) / observed.present for value in most]
    if observed.unknown:
        names, before = [*names, "(unseen)"], [*before, 0.0]
        live.append(observed.unknown / observed.present)
    return Shares(title=name, names=names, baseline=before, live=live)
