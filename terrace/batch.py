"""A batch of rows inside DuckDB, and the lines that could not be made into rows."""

from __future__ import annotations

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
        features: Of request payloads without names, in their order; empty: whatever they have.
        outputs: Of response payloads without names, in their order; empty: these are not read.
        label: The ground truth's; None: it is not read.
    """

    features: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    label: str | None = None


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows to observe: a relation in DuckDB, with what was set aside while reading them.

    Attributes:
        relation: One column a feature; texts where the source has no types.
        rejected: Records that are no rows.
    """

    relation: duckdb.DuckDBPyRelation
    rejected: tuple[Rejected, ...] = ()

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
