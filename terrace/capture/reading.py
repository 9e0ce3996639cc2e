"""A capture file as batches: one of its plain records, then some of those of any other shape."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from terrace.batch import Batch, Layout, Rejected, literal
from terrace.capture.cells import Side, batch
from terrace.capture.lines import Lines
from terrace.capture.paths import Paths
from terrace.capture.payloads import Payload, Row, positions, rows

_AT_ONCE = 5000


def read(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    layout: Layout,
    ground_truth: str | None = None,
) -> Iterator[Batch]:
    """The rows of capture files, as texts, one column a name of the layout.

    A row whose label is not known has none. A batch is read when it is observed, and is gone when
    the next one is asked for.

    Args:
        connection: Where the rows are.
        paths: Files of data-capture records, one a line.
        layout: The columns; with none at all, these are the features that the first file has.
        ground_truth: A table with `id`, `data` and `encoding`, whose labels go before those that
            a merged record brings itself.
    """
    filled = [path for path in paths if path.stat().st_size]
    if filled and not layout.columns:
        layout = Layout(features=positions(filled[0]))
    if not filled or not layout.columns:
        return
    with Lines.of(filled) as lines:
        reading = _Reading(connection, lines, _sides(layout), ground_truth)
        yield replace(reading.plain(), rejected=lines.rejected)
        yield from reading.others()


@dataclass(frozen=True, kw_only=True)
class _Joined:
    """Rows as one text, with what is between rows and between values: neither is in a value."""

    text: str
    rows: str
    cells: str

    @classmethod
    def of(cls, found: Sequence[Row]) -> "_Joined":
        """The text of some rows."""
        width = len(found[0]) if found else 1
        for number in count():
            cells, between = f"\x1f{number or ''}", f"\x1e{number or ''}"
            text = between.join(cells.join(value or "" for value in row) for row in found)
            cuts = (text.count(between), text.count(cells))
            if cuts == (max(len(found) - 1, 0), len(found) * (width - 1)):
                break
        return cls(text=text, rows=between, cells=cells)


def _sides(layout: Layout) -> list[Side]:
    label = (layout.label,) if layout.label else ()
    sides = [
        Side(
            name="request",
            path="$.captureData.endpointInput",
            columns=layout.features,
            demanding=True,
            within=Paths(rows=layout.features_path),
        ),
        Side(
            name="response",
            path="$.captureData.endpointOutput",
            columns=layout.outputs,
            within=Paths(rows=layout.outputs_path, columns=dict(layout.output_paths)),
        ),
        Side(name="ground truth", path="$.groundTruthData", columns=label, optional=True),
    ]
    return [side for side in sides if side.columns]


@dataclass(frozen=True)
class _Reading:
    connection: duckdb.DuckDBPyConnection
    lines: Lines
    sides: Sequence[Side]
    ground_truth: str | None

    def plain(self) -> Batch:
        """The records whose payloads are CSV that can be cut at its commas: most of all traffic."""
        cut = ", ".join(
            f"string_split(unnest(string_split({_trimmed(i)}, chr(10))), ',') AS cells{i}, "
            f"contains(part{3 * i}, '_') AS marked{i}"
            for i in range(len(self.sides))
        )
        found = f"SELECT {cut} FROM ({self._records()}) WHERE {self._is_plain()}"  # noqa: S608  # literals
        return batch(self.connection, found, self.sides)

    def others(self) -> Iterator[Batch]:
        """The other records, some at a time, and what of these is no row."""
        which = f"FROM ({self._records()}) WHERE NOT ({self._is_plain()})"
        names = self.connection.sql(f"SELECT DISTINCT filename {which}").fetchall()
        with_others = {Path(name) for (name,) in names}
        parts = ", ".join(f"part{i}" for i in range(3 * len(self.sides)))
        for path, copy in self.lines.paths.items():
            if copy in with_others:
                cursor = self.connection.cursor()
                cursor.execute(
                    f"SELECT number, line, valid, {parts} FROM ({self._records(path)}) "  # noqa: S608
                    f"WHERE NOT ({self._is_plain()})"
                )
                while records := cursor.fetchmany(_AT_ONCE):
                    yield self._parsed(path, records)

    def _parsed(self, path: Path, records: Sequence[tuple[Any, ...]]) -> Batch:
        kept: list[tuple[Row, ...]] = []
        rejected: list[Rejected] = []
        extra: set[str] = set()
        for number, line, valid, *told in records:
            try:
                if not valid:
                    raise ValueError("the line is no JSON")  # as any other reason
                kept += self._rows(told, extra)
            # Whatever a payload brings about is a reason to set it aside, and none to stop.
            except Exception as error:
                reason = str(error) if isinstance(error, ValueError) else repr(error)
                rejected.append(Rejected(path=str(path), line=number, reason=reason, text=line))
        return replace(self._held(kept), rejected=tuple(rejected), extra=frozenset(extra))

    def _rows(self, told: Sequence[str | None], extra: set[str]) -> list[tuple[Row, ...]]:
        taken: dict[str, list[Row]] = {}
        beyond: set[str] = set()
        for i, side in enumerate(self.sides):
            data, encoding, content_type = told[3 * i : 3 * i + 3]
            if side.optional and data is None:
                continue
            payload = Payload(data=data, encoding=encoding, content_type=content_type)
            try:
                found = rows(payload, side.columns, side.within)
            except ValueError as error:
                raise ValueError(f"{side.name}: {error}") from error
            taken[side.name] = found.rows
            beyond |= found.extra if side.demanding else set()
        counts = {name: len(found) for name, found in taken.items()}
        if len(set(counts.values())) > 1:
            got = " and ".join(f"{count} in the {name}" for name, count in counts.items())
            raise ValueError(f"got rows: {got}; expected as many in each")
        extra |= beyond
        count = max(counts.values(), default=1)
        none: list[Row] = [[None]] * count
        return list(zip(*(taken.get(side.name, none) for side in self.sides), strict=True))

    def _held(self, kept: Sequence[tuple[Row, ...]]) -> Batch:
        """Rows as a batch; one text a side goes over, which is the fastest way into DuckDB."""
        places = range(len(self.sides))
        joined = [_Joined.of([sides[i] for sides in kept]) for i in places]
        cells = ", ".join(f"cells{i} VARCHAR[]" for i in places)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE others ({cells})")
        if kept:
            cut = ", ".join("string_split(unnest(string_split(?, ?)), ?)" for _ in places)
            texts = [part for one in joined for part in (one.text, one.rows, one.cells)]
            self.connection.execute(f"INSERT INTO others SELECT {cut}", texts)
        marked = ", ".join(
            f"cells{i}, contains(array_to_string(cells{i}, ''), '_') AS marked{i}" for i in places
        )
        return batch(self.connection, f"SELECT {marked} FROM others", self.sides)  # noqa: S608

    def _records(self, path: Path | None = None) -> str:
        """Each line with its payloads: part0, part1 and part2 of the first side, and so on.

        Lines of a single file have their numbers too.
        """
        paths = [path for side in self.sides for path in side.paths]
        ids = ("$.eventMetadata.inferenceId", "$.eventMetadata.eventId")
        listed = ", ".join(literal(path) for path in (*paths, *ids))
        taken = [f"parts[{i + 1}]" for i in range(len(paths))]
        joined = ""
        if self.ground_truth and self.sides[-1].optional:
            place = len(paths) - 3
            taken[place : place + 2] = [
                f"coalesce(truth.{member}, {taken[place + i]})"
                for i, member in enumerate(("data", "encoding"))
            ]
            joined = (
                f"LEFT JOIN {self.ground_truth} AS truth "
                f"ON truth.id = coalesce(nullif(parts[{len(paths) + 1}], ''), "
                f"parts[{len(paths) + 2}])"
            )
        numbers = "number, " if path else ""
        columns = ", ".join(f"{part} AS part{i}" for i, part in enumerate(taken))
        return f"""
            SELECT {numbers} filename, line, parts IS NOT NULL AS valid, {columns}
            FROM (SELECT *, CASE WHEN json_valid(line)
                                 THEN json_extract_string(line, [{listed}]) END AS parts
                  FROM ({self.lines.sql(path)}) WHERE line <> '') {joined}
        """  # noqa: S608  # literals

    def _is_plain(self) -> str:
        return " AND ".join(_plain(i, side) for i, side in enumerate(self.sides))


# Quotes need a parser, and there are other ends of lines than a line feed.
_NOT_PLAIN = ('"', "\r")


def _plain(place: int, side: Side) -> str:
    data, encoding = f"part{3 * place}", f"part{3 * place + 1}"
    rows_in, width = f"string_split({_trimmed(place)}, chr(10))", len(side.columns)
    conditions = [
        f"{encoding} = 'CSV'",
        *(f"NOT contains({data}, {literal(text)})" for text in _NOT_PLAIN),
        f"CASE WHEN contains({data}, chr(10)) "
        f"THEN list_bool_and([len(string_split(row_in, ',')) = {width} FOR row_in IN {rows_in}]) "
        f"ELSE len(string_split({data}, ',')) = {width} END",
    ]
    if width == 1:  # an empty line is no row
        conditions.append(
            f"{data} <> '' AND NOT contains({data}, chr(10) || chr(10)) "
            f"AND NOT starts_with({data}, chr(10))"
        )
    if place:
        first = f"string_split({_trimmed(0)}, chr(10))"
        conditions.append(
            f"CASE WHEN contains({data}, chr(10)) OR contains(part0, chr(10)) "
            f"THEN len({rows_in}) = len({first}) ELSE true END"
        )
    condition = f"coalesce({' AND '.join(conditions)}, false)"
    return f"({condition} OR {data} IS NULL)" if side.optional else condition


def _trimmed(place: int) -> str:
    data = f"part{3 * place}"
    return f"CASE WHEN suffix({data}, chr(10)) THEN rtrim({data}, chr(10)) ELSE {data} END"
