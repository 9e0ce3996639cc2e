"""A batch of rows inside DuckDB, and the lines that could not be made into rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
        features_path: JMESPath to the rows in a request of JSON; None: it has one of the usual
            shapes.
        outputs_path: JMESPath to the rows in a response of JSON; None: likewise.
        output_paths: JMESPath to the values of outputs in a response of JSON, by name.
    """

    features: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    label: str | None = None
    features_path: str | None = None
    outputs_path: str | None = None
    output_paths: tuple[tuple[str, str], ...] = ()

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
        written: What the value was before it got its form as a text.
        table: A table with the same rows, of which a column can be read without the others; a
            statement names those that it reads, since naming all takes longer than reading some.
    """

    connection: duckdb.DuckDBPyConnection
    query: str
    texts: Mapping[str, str]
    numbers: Mapping[str, str]
    written: Mapping[str, str]
    table: str | None = None

    def rows(self, written: Iterable[str]) -> str:
        """A query for the rows, with some of what was written at least."""
        if self.table is None:
            return self.query
        return f"SELECT {', '.join(written)} FROM {self.table}"  # noqa: S608  # names of ours


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows to observe: a relation in DuckDB, with what was set aside while reading them.

    Attributes:
        relation: One column a feature; texts where the source has no types.
        rejected: Records that are no rows.
        source: Where there is one, values are texts of any kind, and numbers come out of it faster
            than out of the relation.
        extra: Columns that some rows have beyond those that were asked for.
        held: What the relation needs while it is read, temporary files for instance.
    """

    relation: duckdb.DuckDBPyRelation
    rejected: tuple[Rejected, ...] = ()
    source: Source | None = None
    extra: frozenset[str] = frozenset()
    held: object = None

    def __post_init__(self) -> None:
        """Gives the relation's columns their identifiers, where it has plain names."""
        named = [identifier(unidentified(name)) for name in self.relation.columns]
        if named != self.relation.columns:
            renamed = ", ".join(f"#{i} AS {quoted(one)}" for i, one in enumerate(named, start=1))
            object.__setattr__(self, "relation", self.relation.project(renamed))

    @property
    def columns(self) -> dict[str, str]:
        """The type of each column, by name."""
        types = map(str, self.relation.types)
        return dict(zip(map(unidentified, self.relation.columns), types, strict=True))


_MARK = "\x01"
_MARKED = re.compile(f"{_MARK}(.)", re.DOTALL)
_NO_NAME, _NUL = "_", "0"  # behind a mark: neither is a capital letter's


def identifier(name: str) -> str:
    """A column's name in a batch's relation.

    DuckDB takes names that differ by the case of ASCII letters for one, so capital letters are
    marked; it has no empty names, and none with a NUL.
    """
    marked = "".join(
        _MARK + letter.lower() if "A" <= letter <= "Z" else letter
        for letter in name.replace(_MARK, _MARK * 2).replace("\0", _MARK + _NUL)
    )
    return marked or _MARK + _NO_NAME


def unidentified(identifier: str) -> str:
    """A column's name, from that in a batch's relation."""
    special = {_MARK: _MARK, _NUL: "\0", _NO_NAME: ""}
    return _MARKED.sub(lambda m: special.get(m[1], m[1].upper()), identifier)


def column_sql(name: str) -> str:
    """A column of a batch's relation, as SQL."""
    return quoted(identifier(name))


def quoted(name: str) -> str:
    """A column's name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
