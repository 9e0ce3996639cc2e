"""One scan of a batch inside DuckDB: every count and moment of every column in one statement.

What the statement costs is what it says, so it says little: a value that is no number or a whole
one alone is looked at as a text, and NaN and infinities are counted by a second scan of the few
columns that have any.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terrace.batch import Batch, column_sql, literal, quoted
from terrace.monitors.data_quality.baseline import FeatureBaseline
from terrace.monitors.data_quality.state import DataQualityState, FeatureState
from terrace.monitors.moments import LARGEST_SQUARED, SCALE, Moments
from terrace.texts import number_sql

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
             "UINTEGER", "UBIGINT", "UHUGEINT")  # fmt: skip
_FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL")
_NOT_WHOLE = (".", "e", "E", "n", "N")  # of a text that is a number: inf has an n


@dataclass(frozen=True)
class Column:
    """A column in SQL: names that end with its place are those of the scan's own columns."""

    place: int
    name: str
    kind: str
    text: str  # what a value is as a text
    number: str  # and as a number, NULL where it is none
    written: str  # and as it was written
    expected: FeatureBaseline | None

    @property
    def typed(self) -> bool:
        """Whether the source says that it is a number."""
        return self.kind in _INTEGERS or self.kind.startswith(_FRACTIONS)

    @property
    def edges(self) -> tuple[float, ...]:
        """Of the baseline's histogram."""
        return self.expected.edges if self.expected else ()

    def own(self, sign: str) -> str:
        """A column of the scan's own."""
        return quoted(f"{sign}\x01{self.place}")

    @property
    def is_moderate(self) -> str:
        """Whether a number's square, and the sum of many such, is a number, too."""
        return f"abs({self.own('finite')}) < {LARGEST_SQUARED!r}"

    def derived(self) -> Iterator[str]:
        """What is computed of each value."""
        number = self.own("number")
        yield self.finite()
        if not self.typed:
            whole = " AND ".join(f"NOT contains({self.written}, '{sign}')" for sign in _NOT_WHOLE)
            yield f"CASE WHEN {number} = trunc({number}) THEN {whole} END AS {self.own('whole')}"
            yield f"CASE WHEN {number} IS NULL THEN {self.text} END AS {self.own('text')}"
        yield from self.known()
        yield from self.length()

    def length(self) -> Iterator[str]:
        """How many characters a free text has."""
        if self.expected and self.expected.by_length:
            yield f"length({self.text})::DOUBLE AS {self.own('length')}"

    def finite(self) -> str:
        """The number, where it is a finite one."""
        number = self.own("number")
        return f"CASE WHEN isfinite({number}) THEN {number} END AS {self.own('finite')}"

    def known(self) -> Iterator[str]:
        """The text, where the baseline has it."""
        if self.expected and self.expected.categories:
            known = ", ".join(literal(name) for name in self.expected.categories)
            yield f"CASE WHEN {self.text} IN ({known}) THEN {self.text} END AS {self.own('known')}"

    def counted(self) -> tuple[str, str]:
        """Aggregates: the histograms on the baseline's edges and of its categories."""
        edges = ", ".join(map(double_sql, self.edges))
        known = self.expected and self.expected.categories
        binned = self.own("length" if self.expected and self.expected.by_length else "finite")
        return (
            f"histogram({binned}, [{edges}])" if edges else "NULL",
            f"histogram({self.own('known')})" if known else "NULL",
        )

    def aggregates(self) -> list[str]:
        """What is computed of all."""
        number, finite = self.own("number"), self.own("finite")
        whole, text = f"count_if({self.own('whole')})", f"count({self.own('text')})"
        letters = f"sum(length({self.own('text')}))::BIGINT"
        if self.typed:
            whole = f"count({number})" if self.kind in _INTEGERS else "0"
            text = letters = "0"
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
            *self.counted(),
        ]


_WIDTH = 12
_COLUMNS_AT_ONCE, _FEW_COLUMNS, _CELLS_AT_ONCE = 16, 64, 256


def double_sql(value: float) -> str:
    """A number as SQL has it: with an exponent, for without one it is a decimal."""
    text = repr(value)
    return text if "e" in text else f"{text}e0"


def observe(batch: Batch, baseline: Mapping[str, FeatureBaseline]) -> DataQualityState:
    """The state of a batch, with histograms on the baseline's edges where it has some."""
    records = 0
    features: dict[str, FeatureState] = {}
    for columns in groups(batch, list(columns_of(batch, baseline))):
        derived = ", ".join(part for column in columns for part in column.derived())
        parts = ", ".join(part for column in columns for part in column.aggregates())
        records, *values = aggregated(batch, columns, derived, f"count(*), {parts}")
        if not records:
            return DataQualityState()
        features |= _features(batch, columns, records, iter(values))
    return DataQualityState(
        records=records, features=dict.fromkeys(batch.extra, FeatureState()) | features
    )


def groups(
    batch: Batch, columns: Sequence[Column], at_once: int = _COLUMNS_AT_ONCE
) -> Iterator[Sequence[Column]]:
    """The columns that one statement is about.

    The engine takes more than twice as long for a statement of twice as many columns.
    """
    if batch.source and not batch.source.table:
        at_once = max(at_once, _CELLS_AT_ONCE)  # each statement reads all columns
    elif len(columns) <= _FEW_COLUMNS:
        at_once = _FEW_COLUMNS
    for start in range(0, len(columns), at_once):
        yield columns[start : start + at_once]


def _features(
    batch: Batch, columns: Sequence[Column], records: int, values: Iterator[Any]
) -> dict[str, FeatureState]:
    found = {column.name: [next(values) for _ in range(_WIDTH)] for column in columns}
    beyond = _beyond(batch, [c for c in columns if found[c.name][0] != found[c.name][5]])
    huge = _means_of_huge(batch, [c for c in columns if _is_huge(*found[c.name][8:10])])
    return {
        column.name: _feature(
            records,
            found[column.name],
            beyond.get(column.name, (0, 0, 0)),
            column.expected,
            huge.get(column.name),
        )
        for column in columns
    }


def columns_of(batch: Batch, baseline: Mapping[str, FeatureBaseline]) -> Iterator[Column]:
    """The columns of a batch, in their order."""
    for place, (name, kind) in enumerate(batch.columns.items()):
        if batch.source:
            text, number = batch.source.texts[name], batch.source.numbers[name]
            written = batch.source.written[name]
        else:
            text = written = f"CAST({column_sql(name)} AS VARCHAR)"
            number = _number(column_sql(name), kind)
        yield Column(place, name, kind, text, number, written, baseline.get(name))


def _number(value: str, kind: str) -> str:
    if kind == "VARCHAR":
        return number_sql(value)
    return value if kind == "DOUBLE" else f"TRY_CAST({value} AS DOUBLE)"


def aggregated(
    batch: Batch, columns: Sequence[Column], derived: str, parts: str
) -> tuple[Any, ...]:
    """Aggregates of a batch's columns, their numbers and what is derived from these."""
    numbers = ", ".join(f"{column.number} AS {column.own('number')}" for column in columns)
    if not batch.source:
        numbered = batch.relation.project(f"*, {numbers}")
        (row,) = numbered.project(f"*, {derived}").aggregate(parts).fetchall()
        return tuple(row)
    rows = batch.source.rows(column.written for column in columns)
    ((*found,),) = batch.source.connection.execute(
        f"SELECT {parts} FROM (SELECT *, {derived} FROM "  # noqa: S608  # names are quoted
        f"(SELECT *, {numbers} FROM ({rows})))"
    ).fetchall()
    return tuple(found)


def _beyond(batch: Batch, columns: Sequence[Column]) -> dict[str, tuple[int, int, int]]:
    """How many values of some columns are NaN, the negative and the positive infinity."""
    if not columns:
        return {}
    values = ("nan", "-inf", "inf")
    parts = [f"count_if({c.own('number')} = '{v}'::DOUBLE)" for c in columns for v in values]
    row = aggregated(batch, columns, "1 AS one", ", ".join(parts))
    return {
        column.name: (row[3 * i], row[3 * i + 1], row[3 * i + 2])
        for i, column in enumerate(columns)
    }


def _is_huge(least: float | None, most: float | None) -> bool:
    return any(abs(number) >= LARGEST_SQUARED for number in (least, most) if number is not None)


def _means_of_huge(batch: Batch, columns: Sequence[Column]) -> dict[str, float]:
    """The means of some columns whose sum may be more than a number can be."""
    if not columns:
        return {}
    parts = [f"avg({column.own('finite')} / {SCALE!r}) * {SCALE!r}" for column in columns]
    derived = ", ".join(part for column in columns for part in column.derived())
    row = aggregated(batch, columns, derived, ", ".join(parts))
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
        bins=binned(bins, expected, below, above),
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


def binned(
    found: Mapping[float, int] | None, expected: FeatureBaseline | None, below: int, above: int
) -> tuple[int, ...]:
    """The counts of a histogram's bins, of numbers with the infinities below and above."""
    edges = expected.edges if expected else ()
    if not edges:
        return ()
    if expected and expected.by_length:
        below = above = 0
    counts = dict(found or {})
    first, *others = (counts.get(edge, 0) for edge in (*edges, math.inf))
    return (first + below, *others[:-1], others[-1] + above)
