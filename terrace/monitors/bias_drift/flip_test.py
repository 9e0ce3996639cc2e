"""Flip Test (FT): would the disadvantaged be predicted otherwise, were they like the others?

FT needs rows, not counts, so a window keeps them: all where it has no more than `WHOLE` different
ones, and FT is then exact; else a sample. The distances are computed inside DuckDB.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import repeat
from typing import TYPE_CHECKING

from terrace.monitors.bias_drift.table import Undefined
from terrace.monitors.sampling import Row, Sample
from terrace.monitors.uncertainty import Measure

if TYPE_CHECKING:  # settings import the monitors, and need no database
    import duckdb

WHOLE = 20_000  # different rows, of up to a hundred features
_MOST_NUMBERS = 2_000_000
SAMPLED = 500
_NEIGHBOURS, _FEW = 5, 9
_FIRST = 300  # of the others, from whom the bound of the nearest neighbours' distances comes
_CELL, _ROW = ",", ";"

NAME, DESCRIPTION = "FT", "Flip Test (FT)"


def no_rows(features: int) -> Sample:
    """The sample of no rows with so many features."""
    whole = min(WHOLE, max(SAMPLED, _MOST_NUMBERS // max(features, 1)))
    return Sample(size=SAMPLED, whole=whole)


def flip_test(sample: Sample, facet: int, values: Iterable[str]) -> Measure:
    """(flips to the better - flips to the worse) / rows of the disadvantaged, in [-1, 1].

    A row of the disadvantaged flips where its prediction differs from what most of its 5 nearest
    neighbours among the others have (1 neighbour where these are fewer than 10). Of neighbours at
    the same distance, those that are not predicted positive come first.

    Args:
        sample: Rows of features (numbers with commas between them), the value or side of each
            facet, and whether the prediction is what is hoped for.
        facet: The place of the facet among all.
        values: Its values of the disadvantaged.

    Raises:
        Undefined: One side has no rows.
    """
    if not sample.rows:
        raise Undefined("no row has a prediction, and numbers in all columns but the facet's")
    wanted = set(values)
    others: list[tuple[Row, int]] = []
    disadvantaged: list[tuple[Row, int]] = []
    for row, count in sample.rows.values():
        (disadvantaged if row[1][facet] in wanted else others).append((row, count))
    if not others or not disadvantaged:
        raise Undefined("one side of the facet has no row with a prediction")
    neighbours = _NEIGHBOURS if sum(count for _, count in others) > _FEW else 1
    flips: list[int] = []
    places = [row[0] for row, _ in disadvantaged]
    for (row, count), vote in zip(disadvantaged, _votes(others, places, neighbours), strict=True):
        flips += repeat(int(row[2]) - vote, count)
    rows = len(flips)
    mean = sum(flips) / rows
    spread = sum((flip - mean) ** 2 for flip in flips)
    return Measure(value=mean, standard_deviation=math.sqrt(spread) / rows, size=rows)


def _votes(others: Iterable[tuple[Row, int]], places: list[str], neighbours: int) -> Iterable[bool]:
    """What most of the nearest neighbours of each place have."""
    import duckdb

    known = [(row[0], bool(row[2])) for row, count in others for _ in range(min(count, neighbours))]
    with duckdb.connect() as connection:
        _load(connection, "others", [place for place, _ in known])
        _load(connection, "places", places)
        votes = [vote for _, vote in known]
        connection.execute(_VOTING, [votes])
        for _, for_it, against in connection.execute(
            _NEAREST.format(n=neighbours, first=_FIRST)
        ).fetchall():
            near = sorted([*((d, 0) for d in against or ()), *((d, 1) for d in for_it or ())])
            yield sum(vote for _, vote in near[:neighbours]) * 2 > neighbours


_VOTING = """
    CREATE TABLE voting AS SELECT place, numbers, vote FROM others JOIN
    (SELECT unnest(votes) AS vote, unnest(range(len(votes))) AS place
     FROM (SELECT ?::BOOLEAN[] AS votes)) USING (place)
"""
# A first few of the others tell how far away the nearest are at most; most pairs end there.
_NEAREST = """
    WITH bounded AS (
        SELECT p.place, any_value(p.numbers) AS numbers,
               list_last(min(array_distance(p.numbers, o.numbers), {n})) AS bound, count(*) AS found
        FROM places p, (SELECT * FROM others WHERE place < {first}) o
        GROUP BY p.place)
    SELECT p.place, min(array_distance(p.numbers, o.numbers), {n}) FILTER (o.vote),
           min(array_distance(p.numbers, o.numbers), {n}) FILTER (NOT o.vote)
    FROM bounded p, voting o
    WHERE found < {n} OR array_distance(p.numbers, o.numbers) <= bound
    GROUP BY p.place ORDER BY p.place
"""


def _load(connection: duckdb.DuckDBPyConnection, name: str, rows: list[str]) -> None:
    """A table of places with their numbers; one text goes over, which is the fastest way."""
    width = rows[0].count(_CELL) + 1
    connection.execute(
        f"CREATE TABLE {name} AS SELECT place, "  # noqa: S608  # names of ours
        f"CAST(string_split(row, '{_CELL}') AS DOUBLE[])::DOUBLE[{width}] AS numbers "
        "FROM (SELECT unnest(listed) AS row, unnest(range(len(listed))) AS place "
        f"FROM (SELECT string_split(?, '{_ROW}') AS listed))",
        [_ROW.join(rows)],
    )
