"""A capture file as batches: one of its plain records, then some of those of any other shape."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from terrace.batch import Batch, Layout, Rejected, literal
from terrace.capture.cells import Side, batch
from terrace.capture.lines import Lines
from terrace.capture.payloads import Payload, Row, positions, rows

_CELL, _ROW = "\x1f", "\x1e"
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


def _sides(layout: Layout) -> list[Side]:
    label = (layout.label,) if layout.label else ()
    sides = [
        Side(name="request", path="$.captureData.endpointInput", columns=layout.features),
        Side(name="response", path="$.captureData.endpointOutput", columns=layout.outputs),
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
            f"string_split(unnest(string_split({_trimmed(i)}, chr(10))), ',') AS cells{i}"
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

    def _parsed(self, path: Path, records: Sequence[tuple[int, str, bool, str | None]]) -> Batch:
        kept: list[tuple[Row, ...]] = []
        rejected = []
        for number, line, valid, *told in records:
            try:
                if not valid:
                    raise ValueError("the line is no JSON")  # as any other reason
                kept += self._rows(told)
            except ValueError as error:
                reason = str(error)
                rejected.append(Rejected(path=str(path), line=number, reason=reason, text=line))
        return replace(self._held(kept), rejected=tuple(rejected))

    def _rows(self, told: Sequence[str | None]) -> Iterator[tuple[Row, ...]]:
        taken: dict[str, list[Row]] = {}
        for i, side in enumerate(self.sides):
            data, encoding, content_type = told[3 * i : 3 * i + 3]
            if side.optional and data is None:
                continue
            payload = Payload(data=data, encoding=encoding, content_type=content_type)
            try:
                taken[side.name] = rows(payload, side.columns)
            except ValueError as error:
                raise ValueError(f"{side.name}: {error}") from error
        counts = {name: len(found) for name, found in taken.items()}
        if len(set(counts.values())) > 1:
            got = " and ".join(f"{count} in the {name}" for name, count in counts.items())
            raise ValueError(f"got rows: {got}; expected as many in each")
        none: list[Row] = [[None]] * max(counts.values())
        return zip(*(taken.get(side.name, none) for side in self.sides), strict=True)

    def _held(self, kept: Sequence[tuple[Row, ...]]) -> Batch:
        """Rows as a batch; one text a side goes over, which is the fastest way into DuckDB."""
        places = range(len(self.sides))
        texts = [
            _ROW.join(_CELL.join(value or "" for value in sides[i]) for sides in kept)
            for i in places
        ]
        cells = ", ".join(f"cells{i} VARCHAR[]" for i in places)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE others ({cells})")
        cut = ", ".join(
            f"string_split(unnest(string_split(?, {literal(_ROW)})), {literal(_CELL)})"
            for _ in places
        )
        if kept:
            self.connection.execute(f"INSERT INTO others SELECT {cut}", texts)
        return batch(self.connection, "SELECT * FROM others", self.sides)

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


# Quotes need a parser; carriage returns and spaces around values are to be taken away.
_NOT_PLAIN = ('"', "\r", ", ", " ,")


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
