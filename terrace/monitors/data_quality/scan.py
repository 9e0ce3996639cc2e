"""One scan of a batch inside DuckDB: every count and moment of every column in one statement."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from terrace.batch import Batch, literal, quoted
from terrace.monitors.data_quality.baseline import FeatureBaseline
from terrace.monitors.data_quality.state import DataQualityState, FeatureState, Moments

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
             "UINTEGER", "UBIGINT", "UHUGEINT")  # fmt: skip
_FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL")
_WHOLE = "'[+-]?[0-9]+'"


def observe(batch: Batch, baseline: Mapping[str, FeatureBaseline]) -> DataQualityState:
    """The state of a batch, with histograms on the baseline's edges where it has some."""
    columns = batch.columns
    if not columns:
        return DataQualityState()
    parts = ["count(*)"]
    for name, kind in columns.items():
        parts += _aggregates(quoted(name), kind, baseline.get(name))
    (row,) = batch.relation.aggregate(", ".join(parts)).fetchall()
    records, values = row[0], iter(row[1:])
    if not records:
        return DataQualityState()
    return DataQualityState(
        records=records,
        features={
            name: _feature(records, [next(values) for _ in range(_WIDTH)], baseline.get(name))
            for name in columns
        },
    )


_WIDTH = 11


def _aggregates(column: str, kind: str, expected: FeatureBaseline | None) -> list[str]:
    number = f"TRY_CAST({column} AS DOUBLE)"
    if kind in _INTEGERS:
        whole, text = f"{column} IS NOT NULL", "false"
    elif kind.startswith(_FRACTIONS):
        whole, text = "false", "false"
    else:
        column = f"CAST({column} AS VARCHAR)"
        number = f"TRY_CAST({column} AS DOUBLE)"
        whole = f"regexp_full_match({column}, {_WHOLE})"
        text = f"{column} IS NOT NULL AND {number} IS NULL"
    finite = f"CASE WHEN isfinite({number}) THEN {number} END"
    return [
        f"count(*) FILTER (WHERE {column} IS NULL OR isnan({number}))",
        f"count(*) FILTER (WHERE {whole})",
        f"count(*) FILTER (WHERE {text})",
        f"count(*) FILTER (WHERE {number} < 0)",
        f"count({finite})",
        f"avg({finite})",
        f"var_pop({finite})",
        f"min({finite})",
        f"max({finite})",
        _histogram(number, expected.edges if expected else ()),
        _categories(column, expected.categories if expected else None),
    ]


def _histogram(number: str, edges: Sequence[float]) -> str:
    if not edges:
        return "NULL"
    wanted = f"CASE WHEN NOT isnan({number}) THEN {number} END"
    return f"histogram({wanted}, [{', '.join(f'{edge!r}::DOUBLE' for edge in edges)}])"


def _categories(column: str, categories: Mapping[str, int] | None) -> str:
    if categories is None:
        return "NULL"
    if not categories:
        return "map([]::VARCHAR[], []::BIGINT[])"
    known = ", ".join(literal(name) for name in categories)
    return f"histogram(CASE WHEN {column} IN ({known}) THEN {column} END)"


def _feature(records: int, values: Sequence[Any], expected: FeatureBaseline | None) -> FeatureState:
    missing, whole, text, negative, count, mean, variance, least, most, bins, known = values
    present = records - missing
    categories = dict(known or {})
    return FeatureState(
        rows=records,
        missing=missing,
        integral=whole,
        fractional=present - whole - text,
        text=text,
        negative=negative,
        moments=_moments(count, mean, variance),
        minimum=least,
        maximum=most,
        bins=_binned(bins, expected.edges if expected else ()),
        known=categories,
        unknown=present - sum(categories.values())
        if expected and expected.categories is not None
        else 0,
    )


def _moments(count: int, mean: float | None, variance: float | None) -> Moments:
    if not count or mean is None:
        return Moments()
    deviations = (variance or 0.0) * count
    return Moments(count=count, mean=mean, deviations=deviations)


def _binned(found: Mapping[float, int] | None, edges: Sequence[float]) -> tuple[int, ...]:
    if not edges:
        return ()
    counts = dict(found or {})
    return tuple(counts.get(edge, 0) for edge in (*edges, math.inf))
