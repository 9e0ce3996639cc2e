"""A batch of rows inside DuckDB, and the lines that could not be made into rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terrace.errors import TerraceError

if TYPE_CHECKING:  # settings import the monitors, and need no database
    import duckdb


class InvalidData(TerraceError):
    """Data that cannot be observed."""


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """One record that was set aside."""

    path: str
    line: int
    reason: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The columns that a monitor wants of captured records.

    Attributes:
        features: Of request payloads without names, in their order; empty: these are not read.
        outputs: Of response payloads without names, in their order; empty: these are not read.
        label: The ground truth's; None: it is not read.
    """

    features: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    label: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.features, *self.outputs, *((self.label,) if self.label else ()))


@dataclass(frozen=True, kw_only=True)
class Source:
    """The rows of a batch as they are before each column has its name and is a text of its own.

    Attributes:
        connection: Where the query runs.
        query: For the rows. As a text: long statements on a relation are bound again and again.
        texts: A column's text, as SQL on the rows.
        numbers: The number that the text stands for, NULL where it stands for none.
    """

    connection: duckdb.DuckDBPyConnection
    query: str
    texts: Mapping[str, str]
    numbers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows to observe: a relation in DuckDB, with what was set aside while reading them.

    Attributes:
        relation: One column a feature; texts where the source has no types.
        rejected: Records that are no rows.
        source: Where there is one, numbers come out of it faster than out of the relation.
    """

    relation: duckdb.DuckDBPyRelation
    rejected: tuple[Rejected, ...] = ()
    source: Source | None = None

    @property
    def columns(self) -> dict[str, str]:
        """The type of each column, by name."""
        types = map(str, self.relation.types)
        return dict(zip(self.relation.columns, types, strict=True))


def quoted(name: str) -> str:
    """A column's name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
