"""How well the live ranking of features keeps to the baseline's: NDCG."""

import math
from collections.abc import Mapping

from terrace.monitors.attribution_drift.state import Blocks
from terrace.monitors.uncertainty import Measure


def ndcg(baseline: Mapping[str, float], live: Mapping[str, float]) -> float:
    """Normalised discounted cumulative gain of the live ranking, in (0, 1].

    The sum of a(f'_i) / log2(i + 1) over the features f'_i in the order of the live importance,
    divided by the same in the baseline's own order; a is the importance in the baseline, so that
    features which mattered weigh. 1 is the same order. Features of the same live importance share
    the places that they take, so that no order of them is favoured.

    Source: AWS, "Feature attribution drift for models in production".

    >>> ndcg({"SAT": 0.7, "GPA": 0.5, "rank": 0.05}, {"SAT": 0.1, "GPA": 0.2, "rank": 0.7})
    0.687...
    """
    largest = max(baseline.values())  # by which importances are divided, since sums may overflow
    ideal = sorted((value / largest for value in baseline.values()), reverse=True)
    by_importance: dict[float, list[float]] = {}
    for name, value in baseline.items():
        by_importance.setdefault(live.get(name, 0.0), []).append(value / largest)
    gained: list[float] = []
    for _, tied in sorted(by_importance.items(), reverse=True):
        gained += [sum(sorted(tied)) / len(tied)] * len(tied)
    return _gain(gained) / _gain(ideal)


def _gain(importances: list[float]) -> float:
    return sum(a / math.log2(place + 1) for place, a in enumerate(importances, start=1))


def measured(baseline: Mapping[str, float], live: Blocks) -> Measure:
    """NDCG with its standard deviation, by leaving out one block of rows after the other.

    The delete-a-group jackknife (Kott 2001). Undefined where no attribution is other than 0.
    """
    if not any(live.whole.means.values()):
        return Measure(value=None)
    value = ndcg(baseline, live.whole.means)
    means = [block.means for block in live.without_each() if block.rows]
    left = [ndcg(baseline, one) for one in means if any(one.values())]
    if len(left) < 2:  # one block says nothing of others
        return Measure(value=value)
    mean = sum(left) / len(left)
    variance = (len(left) - 1) / len(left) * sum((one - mean) ** 2 for one in left)
    return Measure(value=value, standard_deviation=math.sqrt(variance))
