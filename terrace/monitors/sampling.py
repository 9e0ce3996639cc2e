"""A sample of rows that adds: those with the smallest hashes, and how often each came.

Which rows these are depends on the rows alone, not on how they were cut into batches. Of few rows
it has all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from terrace.batch import Batch, quoted

if TYPE_CHECKING:  # settings import the monitors, and need no database
    import duckdb

_HASHES, _AMPLE = 2**64, 4
_ENOUGH = 64  # different rows in a part, were there as many as may be kept

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Different rows by their hash, each with how often it came.

    Attributes:
        size: How many are kept where there are more than `whole`.
        whole: Up to so many are all kept; by default `size`.
        cut: Whether there were more.
    """

    size: int
    whole: int = 0
    cut: bool = False
    rows: dict[int, tuple[Row, int]] = field(default_factory=dict)

    def holding(self, rows: Iterable[tuple[int, Row, int]], *, cut: bool = False) -> Self:
        """The same sample of rows with their hash and how often each came.

        Args:
            rows: All, or those with the smallest hashes.
            cut: Whether there are more.
        """
        kept: dict[int, tuple[Row, int]] = {}
        for place, row, count in rows:
            kept[place] = (row, kept[place][1] + count if place in kept else count)
        cut = cut or len(kept) > self.limit
        return replace(self, cut=cut, rows=dict(sorted(kept.items())[: self.size if cut else None]))

    @property
    def limit(self) -> int:
        """How many different rows there are at most before some are left out."""
        return max(self.whole, self.size)

    @property
    def count(self) -> int:
        """How many rows it has, each as often as it came."""
        return sum(count for _, count in self.rows.values())

    def __add__(self, other: Self) -> Self:
        """The sample of both sets of rows together."""
        both = ((at, *held) for sample in (self, other) for at, held in sample.rows.items())
        least = replace(self, size=min(self.size, other.size), whole=min(self.whole, other.whole))
        return least.holding(both, cut=self.cut or other.cut)

    def __iter__(self) -> Iterator[Row]:
        """The rows, each as often as it came."""
        for row, count in self.rows.values():
            yield from [row] * count

    def dump(self) -> dict[str, Any]:
        """As JSON; a hash is a text, for JSON's numbers are too short for it."""
        rows = [[str(place), list(row), count] for place, (row, count) in self.rows.items()]
        return {"size": self.size, "whole": self.whole, "cut": self.cut, "rows": rows}

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Self:
        """From JSON, as `dump` gives it."""
        rows = ((int(place), tuple(row), count) for place, row, count in dumped["rows"])
        empty = cls(size=dumped["size"], whole=dumped["whole"])
        return empty.holding(rows, cut=dumped["cut"])


def sampled(
    batch: Batch, empty: Sample, records: int, values: Sequence[str], where: str = "true"
) -> Sample:
    """The sample of a batch.

    Hashes lie evenly, so rows with a larger one than so many others are likely to have need not
    be looked at; were these too few, all are.

    Args:
        batch: The rows.
        empty: A sample without rows, which says how many it may have.
        records: How many rows the batch has.
        values: What is kept of a row, as SQL on its columns.
        where: Which rows may be kept, as SQL on these columns and on `kept0` and so on, the
            values.
    """
    kept = _Kept(batch, values, where)
    part = f"place <= {min(_HASHES - 1, _HASHES * _AMPLE * empty.size // max(records, 1))}"
    # A full sample out of so small a part: there are surely more rows than may be kept.
    at_once = records >= _AMPLE**2 * empty.limit
    if at_once and len(found := kept.smallest(empty.size, part)) == empty.size:
        return empty.holding(found, cut=True)
    if records <= empty.limit or not _surely_more(kept, empty.limit, records):
        return empty.holding(kept.smallest(empty.limit + 1, "true"))
    found = kept.smallest(empty.size, part)
    if len(found) < empty.size:
        found = kept.smallest(empty.size, "true")
    return empty.holding(found, cut=True)


def _surely_more(kept: _Kept, limit: int, records: int) -> bool:
    """Whether there are more different rows, told from a part of all hashes."""
    part = min(1.0, _ENOUGH / limit, _AMPLE * limit / records)
    within = kept.among(f"place <= {int((_HASHES - 1) * part)}")
    ((count,),) = within.aggregate("count(DISTINCT place)").fetchall()
    return bool(count > _AMPLE * _ENOUGH)


@dataclass(frozen=True)
class _Kept:
    """What is kept of a batch's rows: `place`, the hash, and `kept0` and so on."""

    batch: Batch
    values: Sequence[str]
    where: str

    def among(self, places: str) -> duckdb.DuckDBPyRelation:
        """Of the rows with some hashes; what is kept is computed of no others."""
        columns = ", ".join(map(quoted, self.batch.columns))
        named = [f"{value} AS kept{i}" for i, value in enumerate(self.values)]
        return (
            self.batch.relation.project(f"*, hash({columns}) AS place")
            .filter(places)
            .project(f"place, {', '.join(named)}")
            .filter(self.where)
        )

    def smallest(self, size: int, places: str) -> list[tuple[int, Row, int]]:
        """Those with the smallest hashes, each with how often it came."""
        kept = ", ".join(f"any_value(kept{i})" for i in range(len(self.values)))
        rows = (
            self.among(places)
            .aggregate(f"place, count(*), {kept}", "place")
            .order("place")
            .limit(size)
            .fetchall()
        )
        return [(place, tuple(row), count) for place, count, *row in rows]
