"""Data-capture records as rows: JSON Lines in SageMaker's format, read inside DuckDB.

A captured payload of CSV, JSON or JSON Lines, plain or in base64, holds one row or several. What
is no row is set aside with file, line and reason; nothing is lost.
"""

import base64
import binascii
import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from terrace.batch import Batch, Rejected, literal, quoted

_LINES = """
    SELECT line, row_number() OVER () AS number
    FROM read_csv({path}, columns={{'line': 'VARCHAR'}}, delim='\x01', quote='', escape='',
                  header=false, auto_detect=false, strict_mode=false, parallel=false,
                  max_line_size=20000000)
"""
_INPUT = "$.captureData.endpointInput"


def read(connection: duckdb.DuckDBPyConnection, path: Path, features: Sequence[str]) -> Batch:
    """The rows of one capture file, as texts, one column a feature.

    Args:
        connection: Where the rows are kept; rows that an earlier call read are replaced.
        path: A file of data-capture records, one a line.
        features: The columns, in the order in which payloads without names have them.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE cells (number BIGINT, cells VARCHAR[])")
    if path.stat().st_size == 0:
        return _batch(connection, features, [])
    lines = _LINES.format(path=literal(str(path)))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE lines AS {lines}")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE payloads AS
        SELECT number, line,
               json_extract_string(line, '{_INPUT}.encoding') AS encoding,
               json_extract_string(line, '{_INPUT}.data') AS data,
               json_extract_string(line, '{_INPUT}.observedContentType') AS content_type
        FROM (SELECT number, line, json_valid(line) AS valid FROM lines) WHERE valid
    """)  # noqa: S608  # no value of ours
    rejected = list(_no_json(connection, path))
    width = len(features)
    plain = "encoding = 'CSV' AND NOT contains(data, '\"')"
    connection.execute(f"""
        INSERT INTO cells
        SELECT number, string_split(unnest(string_split(rtrim(data, chr(10) || chr(13)), chr(10))), ',')
               AS cells
        FROM payloads WHERE {plain}
    """)  # noqa: S608, E501  # no value of ours
    rejected += _wrong_width(connection, path, width)
    connection.execute(f"DELETE FROM cells WHERE len(cells) <> {width}")  # noqa: S608  # a number
    for number, line, encoding, data, kind in connection.execute(
        f"SELECT number, line, encoding, data, content_type FROM payloads WHERE NOT ({plain}) "  # noqa: S608
        "OR data IS NULL OR encoding IS NULL"
    ).fetchall():
        try:
            rows = list(_rows(encoding, data, kind or "", features))
        except ValueError as error:
            rejected.append(Rejected(path=path.name, line=number, reason=str(error), text=line))
            continue
        connection.executemany("INSERT INTO cells VALUES (?, ?)", [(number, row) for row in rows])
    return _batch(connection, features, rejected)


def _batch(
    connection: duckdb.DuckDBPyConnection, features: Sequence[str], rejected: list[Rejected]
) -> Batch:
    names = [
        f"nullif(trim(cells[{position}], ' ' || chr(13)), '') AS {quoted(name)}"
        for position, name in enumerate(features, start=1)
    ]
    relation = connection.sql(f"SELECT {', '.join(names)} FROM cells")  # noqa: S608  # quoted
    return Batch(relation=relation, rejected=tuple(rejected))


def _no_json(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[Rejected]:
    found = connection.execute(
        "SELECT number, line FROM lines WHERE NOT json_valid(line) AND trim(line) <> ''"
    ).fetchall()
    for number, line in found:
        yield Rejected(path=path.name, line=number, reason="the line is no JSON", text=line)


def _wrong_width(
    connection: duckdb.DuckDBPyConnection, path: Path, width: int
) -> Iterator[Rejected]:
    found = connection.execute(
        f"SELECT number, len(cells), array_to_string(cells, ',') FROM cells "  # noqa: S608
        f"WHERE len(cells) <> {width}"
    ).fetchall()
    for number, got, text in found:
        reason = f"a row has {got} values; expected {width}"
        yield Rejected(path=path.name, line=number, reason=reason, text=text)


def _rows(
    encoding: str | None, data: str | None, content_type: str, features: Sequence[str]
) -> Iterator[list[str | None]]:
    """The rows of one payload, however it is written down."""
    if encoding is None or data is None:
        raise ValueError("the record has no captured input")
    if encoding == "BASE64":
        try:
            data = base64.b64decode(data, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ValueError(f"the payload is no base64 of a text: {error}") from error
        encoding = "JSON" if "json" in content_type else "CSV"
    if encoding == "CSV":
        for row in csv.reader(io.StringIO(data)):
            yield _fitting(row, features)
    elif encoding == "JSON":
        for item in _json_items(data):
            yield _from_json(item, features)
    else:
        raise ValueError(f"encoding {encoding!r} is unknown; expected CSV, JSON or BASE64")


def _json_items(data: str) -> Iterator[Any]:
    try:
        documents = [json.loads(data)]
    except json.JSONDecodeError:
        try:
            documents = [json.loads(line) for line in data.splitlines() if line.strip()]
        except json.JSONDecodeError as error:
            raise ValueError(f"the payload is neither JSON nor JSON Lines: {error}") from error
    for document in documents:
        if isinstance(document, dict) and isinstance(document.get("instances"), list):
            yield from document["instances"]
        elif isinstance(document, list) and document and isinstance(document[0], (list, dict)):
            yield from document
        else:
            yield document


def _from_json(item: Any, features: Sequence[str]) -> list[str | None]:
    if isinstance(item, dict) and isinstance(item.get("features"), list):
        item = item["features"]
    if isinstance(item, dict):
        missing = [name for name in features if name not in item]
        if missing:
            raise ValueError(f"a row lacks {', '.join(missing)}")
        item = [item[name] for name in features]
    if not isinstance(item, list):
        raise ValueError(f"a row is {item!r}; expected a list or an object of values")
    return _fitting([None if value is None else _text(value) for value in item], features)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _fitting(row: Sequence[str | None], features: Sequence[str]) -> list[str | None]:
    if len(row) != len(features):
        raise ValueError(f"a row has {len(row)} values; expected {len(features)}")
    return list(row)


def positions(path: Path) -> tuple[str, ...]:
    """Names for the columns of a file whose payloads have none: their positions, from `_c0`.

    Taken from the first record with names or values; empty where the file has none.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                captured = json.loads(line)["captureData"]["endpointInput"]
                if captured["encoding"] == "CSV":
                    row: Any = next(csv.reader(io.StringIO(captured["data"])))
                else:
                    row = next(_json_items(captured["data"]))
            except (KeyError, TypeError, ValueError, StopIteration):
                continue
            if isinstance(row, dict) and not isinstance(row.get("features"), list):
                return tuple(row)
            values = row["features"] if isinstance(row, dict) else row
            return tuple(f"_c{position}" for position in range(len(values)))
    return ()
