"""A sample of rows that adds: those with the smallest hashes, and how often each came.

Which rows these are depends on the rows alone, not on how they were cut into batches. Of few rows
it has all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from terrace.batch import Batch, column_sql

_HASHES, _AMPLE = 2**64, 4

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Different rows by their hash, each with how often it came, and how many at most."""

    size: int
    rows: dict[int, tuple[Row, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, size: int, rows: Iterable[tuple[int, Row, int]]) -> Self:
        """Of rows with their hash, and how often each came, those with the smallest hashes."""
        kept: dict[int, tuple[Row, int]] = {}
        for place, row, count in rows:
            kept[place] = (row, kept[place][1] + count if place in kept else count)
        return cls(size=size, rows=dict(sorted(kept.items())[:size]))

    def __add__(self, other: Self) -> Self:
        """The sample of both sets of rows together."""
        size = min(self.size, other.size)
        both = ((at, *held) for sample in (self, other) for at, held in sample.rows.items())
        return type(self).of(size, both)

    def __iter__(self) -> Iterator[Row]:
        """The rows, each as often as it came."""
        for row, count in self.rows.values():
            yield from [row] * count

    def dump(self) -> dict[str, Any]:
        """As JSON; a hash is a text, for JSON's numbers are too short for it."""
        rows = [[str(place), list(row), count] for place, (row, count) in self.rows.items()]
        return {"size": self.size, "rows": rows}

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Self:
        """From JSON, as `dump` gives it."""
        rows = ((int(place), tuple(row), count) for place, row, count in dumped["rows"])
        return cls.of(dumped["size"], rows)


def sampled(
    batch: Batch, size: int, records: int, values: Sequence[str], where: str = "true"
) -> Sample:
    """The sample of a batch.

    Hashes lie evenly, so rows with a larger one than so many others are likely to have need not
    be looked at; were these too few, all are.

    Args:
        batch: The rows.
        size: Of the sample, in different rows.
        records: How many rows the batch has.
        values: What is kept of a row, as SQL on its columns.
        where: Which rows may be kept, as SQL on these columns and on `kept`, the list of values.
    """
    likely = _HASHES * _AMPLE * size // max(records, 1)
    if likely < _HASHES:
        found = _smallest(batch, size, values, f"place <= {likely}", where)
        if len(found.rows) == size:
            return found
    return _smallest(batch, size, values, "true", where)


def _smallest(batch: Batch, size: int, values: Sequence[str], among: str, where: str) -> Sample:
    hashed = ", ".join(map(column_sql, batch.columns))
    named = [f"{value} AS kept{i}" for i, value in enumerate(values)]
    kept = ", ".join(f"any_value(kept{i})" for i in range(len(values)))
    rows = (
        batch.relation.project(f"*, hash({hashed}) AS place")
        .filter(among)
        .project(f"place, {', '.join(named)}")
        .filter(where)
        .aggregate(f"place, count(*), {kept}", "place")
        .order("place")
        .limit(size)
        .fetchall()
    )
    return Sample.of(size, ((place, tuple(row), count) for place, count, *row in rows))
