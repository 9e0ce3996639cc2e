"""Flip Test (FT): would the disadvantaged be predicted otherwise, were they like the others?

FT needs rows, not counts, so a window keeps a sample of them; of few rows it has all, and FT is
then exact.
"""

import math
from collections.abc import Iterable
from heapq import nsmallest
from itertools import repeat

from terrace.monitors.bias_drift.table import Undefined
from terrace.monitors.sampling import Row, Sample
from terrace.monitors.uncertainty import Measure

KEPT = 500  # different rows at most
_NEIGHBOURS, _FEW = 5, 9

NAME, DESCRIPTION = "FT", "Flip Test (FT)"


def flip_test(sample: Sample, facet: int, values: Iterable[str]) -> Measure:
    """(flips to the better - flips to the worse) / rows of the disadvantaged, in [-1, 1].

    A row of the disadvantaged flips where its prediction differs from what most of its 5 nearest
    neighbours among the others have (1 neighbour where these are fewer than 10).

    Args:
        sample: Rows of features, the value or side of each facet, and whether the prediction is
            what is hoped for.
        facet: The place of the facet among all.
        values: Its values of the disadvantaged.

    Raises:
        Undefined: One side has no rows.
    """
    wanted = set(values)
    others: list[Row] = []
    disadvantaged: list[Row] = []
    for row in sample:
        (disadvantaged if row[1][facet] in wanted else others).append(row)
    if not others or not disadvantaged:
        raise Undefined("one side of the facet has no row with a prediction")
    neighbours = _NEIGHBOURS if len(others) > _FEW else 1
    places, said = [row[0] for row in others], [row[2] for row in others]
    flips = []
    for features, _, predicted in disadvantaged:
        distances = list(map(math.dist, repeat(features), places))
        farthest = nsmallest(neighbours, distances)[-1]
        near = sorted((d, vote) for d, vote in zip(distances, said, strict=True) if d <= farthest)
        votes = sum(vote for _, vote in near[:neighbours])
        flips.append(predicted - (votes * 2 > neighbours))
    rows = len(flips)
    mean = sum(flips) / rows
    spread = sum((flip - mean) ** 2 for flip in flips)
    return Measure(value=mean, standard_deviation=math.sqrt(spread) / rows)
