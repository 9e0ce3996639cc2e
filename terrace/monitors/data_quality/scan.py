"""One scan of a batch inside DuckDB: every count and moment of every column in one statement.

What the statement costs is what it says, so it says little: a value that is no number or a whole
one alone is looked at as a text, and NaN and infinities are counted by a second scan of the few
columns that have any.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terrace.batch import Batch, literal, quoted
from terrace.monitors.data_quality.baseline import FeatureBaseline
from terrace.monitors.data_quality.state import DataQualityState, FeatureState
from terrace.monitors.moments import LARGEST_SQUARED, SCALE, Moments

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
             "UINTEGER", "UBIGINT", "UHUGEINT")  # fmt: skip
_FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL")
_WHOLE = "'[+-]?[0-9]+'"


@dataclass(frozen=True)
class _Column:
    """A column in SQL. Names that end with its place are those of the scan's own columns."""

    place: int
    name: str
    kind: str
    text: str  # what a value is as a text
    number: str  # and as a number, NULL where it is none
    expected: FeatureBaseline | None

    @property
    def typed(self) -> bool:
        return self.kind in _INTEGERS or self.kind.startswith(_FRACTIONS)

    @property
    def edges(self) -> tuple[float, ...]:
        return self.expected.edges if self.expected else ()

    def own(self, sign: str) -> str:
        return quoted(f"{sign}\x01{self.place}")

    @property
    def is_moderate(self) -> str:
        """Whether a number's square, and the sum of many such, is a number, too."""
        return f"abs({self.own('finite')}) < {LARGEST_SQUARED!r}"

    def derived(self) -> Iterator[str]:
        number = self.own("number")
        yield f"CASE WHEN isfinite({number}) THEN {number} END AS {self.own('finite')}"
        if not self.typed:
            whole = f"regexp_full_match({self.text}, {_WHOLE})"
            yield f"CASE WHEN {number} = trunc({number}) THEN {whole} END AS {self.own('whole')}"
            yield f"CASE WHEN {number} IS NULL THEN {self.text} END AS {self.own('text')}"
        if self.expected and self.expected.categories:
            known = ", ".join(literal(name) for name in self.expected.categories)
            yield f"CASE WHEN {self.text} IN ({known}) THEN {self.text} END AS {self.own('known')}"

    def aggregates(self) -> list[str]:
        number, finite = self.own("number"), self.own("finite")
        whole, text = f"count_if({self.own('whole')})", f"count({self.own('text')})"
        letters = f"sum(length({self.own('text')}))::BIGINT"
        if self.typed:
            whole = f"count({number})" if self.kind in _INTEGERS else "0"
            text = letters = "0"
        known = self.expected and self.expected.categories
        edges = ", ".join(map(_double, self.edges))
        return [
            f"count({number})",
            whole,
            text,
            letters,
            f"count_if({number} < 0)",
            f"count({finite})",
            f"avg(CASE WHEN {self.is_moderate} THEN {finite} END)",
            f"var_pop(CASE WHEN {self.is_moderate} THEN {finite} END)",
            f"min({finite})",
            f"max({finite})",
            f"histogram({finite}, [{edges}])" if edges else "NULL",
            f"histogram({self.own('known')})" if known else "NULL",
        ]


_WIDTH = 12


def _double(value: float) -> str:
    """A number as SQL has it: with an exponent, for without one it is a decimal."""
    text = repr(value)
    return text if "e" in text else f"{text}e0"


def observe(batch: Batch, baseline: Mapping[str, FeatureBaseline]) -> DataQualityState:
    """The state of a batch, with histograms on the baseline's edges where it has some."""
    columns = list(_columns(batch, baseline))
    if not columns:
        return DataQualityState()
    derived = ", ".join(part for column in columns for part in column.derived())
    parts = ", ".join(part for column in columns for part in column.aggregates())
    row = _aggregated(batch, columns, derived, f"count(*), {parts}")
    records, values = row[0], iter(row[1:])
    if not records:
        return DataQualityState()
    found = {column.name: [next(values) for _ in range(_WIDTH)] for column in columns}
    beyond = _beyond(batch, [c for c in columns if found[c.name][0] != found[c.name][5]])
    huge = _means_of_huge(batch, [c for c in columns if _is_huge(*found[c.name][8:10])])
    return DataQualityState(
        records=records,
        features={
            column.name: _feature(
                records,
                found[column.name],
                beyond.get(column.name, (0, 0, 0)),
                column.expected,
                huge.get(column.name),
            )
            for column in columns
        },
    )


def _columns(batch: Batch, baseline: Mapping[str, FeatureBaseline]) -> Iterator[_Column]:
    for place, (name, kind) in enumerate(batch.columns.items()):
        if batch.source:
            text, number = batch.source.texts[name], batch.source.numbers[name]
        else:
            text = f"CAST({quoted(name)} AS VARCHAR)"
            number = quoted(name) if kind == "DOUBLE" else f"TRY_CAST({quoted(name)} AS DOUBLE)"
        yield _Column(place, name, kind, text, number, baseline.get(name))


def _aggregated(
    batch: Batch, columns: Sequence[_Column], derived: str, parts: str
) -> tuple[Any, ...]:
    """Aggregates of a batch's columns, their numbers and what is derived from these."""
    numbers = ", ".join(f"{column.number} AS {column.own('number')}" for column in columns)
    if not batch.source:
        numbered = batch.relation.project(f"*, {numbers}")
        (row,) = numbered.project(f"*, {derived}").aggregate(parts).fetchall()
        return tuple(row)
    ((*found,),) = batch.source.connection.execute(
        f"SELECT {parts} FROM (SELECT *, {derived} FROM "  # noqa: S608  # names are quoted
        f"(SELECT *, {numbers} FROM ({batch.source.query})))"
    ).fetchall()
    return tuple(found)


def _beyond(batch: Batch, columns: Sequence[_Column]) -> dict[str, tuple[int, int, int]]:
    """How many values of some columns are NaN, the negative and the positive infinity."""
    if not columns:
        return {}
    values = ("nan", "-inf", "inf")
    parts = [f"count_if({c.own('number')} = '{v}'::DOUBLE)" for c in columns for v in values]
    row = _aggregated(batch, columns, "1 AS one", ", ".join(parts))
    return {
        column.name: (row[3 * i], row[3 * i + 1], row[3 * i + 2])
        for i, column in enumerate(columns)
    }


def _is_huge(least: float | None, most: float | None) -> bool:
    return any(abs(number) >= LARGEST_SQUARED for number in (least, most) if number is not None)


def _means_of_huge(batch: Batch, columns: Sequence[_Column]) -> dict[str, float]:
    """The means of some columns whose sum may be more than a number can be."""
    if not columns:
        return {}
    parts = [f"avg({column.own('finite')} / {SCALE!r}) * {SCALE!r}" for column in columns]
    derived = ", ".join(part for column in columns for part in column.derived())
    row = _aggregated(batch, columns, derived, ", ".join(parts))
    return {column.name: mean for column, mean in zip(columns, row, strict=True)}


def _feature(
    records: int,
    values: Sequence[Any],
    beyond: tuple[int, int, int],
    expected: FeatureBaseline | None,
    mean_of_huge: float | None,
) -> FeatureState:
    numbers, whole, text, letters, negative, count, mean, variance, least, most, bins, known = (
        values
    )
    nan, below, above = beyond
    present = numbers - nan + text
    categories = dict(known or {})
    return FeatureState(
        rows=records,
        missing=records - present,
        integral=whole or 0,
        fractional=present - (whole or 0) - text,
        text=text,
        letters=letters or 0,
        negative=negative or 0,
        moments=Moments(count=count, mean=mean_of_huge, deviations=None)
        if mean_of_huge is not None
        else _moments(count, mean, variance),
        minimum=least,
        maximum=most,
        bins=_binned(bins, expected.edges if expected else (), below, above),
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


def _binned(
    found: Mapping[float, int] | None, edges: Sequence[float], below: int, above: int
) -> tuple[int, ...]:
    if not edges:
        return ()
    counts = dict(found or {})
    first, *others = (counts.get(edge, 0) for edge in (*edges, math.inf))
    return (first + below, *others[:-1], others[-1] + above)
