"""Rows that are lists of texts, a list for each side of a record, as a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from terrace.batch import Batch, Source, column_sql
from terrace.capture.paths import Paths
from terrace.texts import text_sql


@dataclass(frozen=True, kw_only=True)
class Side:
    """A payload of every record: where it is, and the columns that its rows have.

    Attributes:
        name: What messages call it.
        path: In the record, as DuckDB has it.
        columns: In the order in which a row without names has them.
        optional: Whether a record may come without it.
        demanding: Whether a name beyond the columns is worth a word.
        within: Where in a JSON document the rows are.
    """

    name: str
    path: str
    columns: tuple[str, ...]
    optional: bool = False
    demanding: bool = False
    within: Paths = field(default_factory=Paths)

    @property
    def paths(self) -> list[str]:
        """Where the payload's data, encoding and content type are."""
        return [f"{self.path}.{member}" for member in ("data", "encoding", "observedContentType")]


def batch(connection: duckdb.DuckDBPyConnection, found: str, sides: Sequence[Side]) -> Batch:
    """A batch of named columns.

    Lists are cast to numbers whole, which is three times as fast as one value after the other.

    Args:
        connection: Where the query runs.
        found: A query for `cells0`, `cells1` and so on, a list of texts for each side, and
            `marked0`, `marked1` and so on: whether a text of the list may have an underscore.
        sides: What the lists hold.
    """
    places = range(len(sides))
    cells = ", ".join(
        f"cells{i}, TRY_CAST(CASE WHEN marked{i} "
        f"THEN [CASE WHEN NOT contains(x, '_') THEN x END FOR x IN cells{i}] "
        f"ELSE cells{i} END AS DOUBLE[]) AS numbers{i}"
        for i in places
    )
    query = f"SELECT {cells} FROM ({found})"  # noqa: S608  # no value of ours
    texts, numbers, written = {}, {}, {}
    for i, side in enumerate(sides):
        for position, name in enumerate(side.columns, start=1):
            written[name] = f"cells{i}[{position}]"
            texts[name] = text_sql(written[name])
            numbers[name] = f"numbers{i}[{position}]"
    named = ", ".join(f"{text} AS {column_sql(name)}" for name, text in texts.items())
    return Batch(
        relation=connection.sql(f"SELECT {named} FROM ({query})"),  # noqa: S608  # quoted
        source=Source(
            connection=connection, query=query, texts=texts, numbers=numbers, written=written
        ),
    )
