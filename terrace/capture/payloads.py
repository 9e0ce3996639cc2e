"""The rows of one captured payload, however it is written down.

SageMaker notes a payload as CSV, JSON (JSON Lines too) or BASE64; it holds one row or several.
"""

import base64
import binascii
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = list[str | None]
# Where the JSON formats that SageMaker documents keep their rows, and a row its values.
_ROWS = ("instances", "predictions")
_VALUES = "features"


@dataclass(frozen=True, kw_only=True)
class Payload:
    """One side of a record: the request, the response or the ground truth."""

    data: str | None
    encoding: str | None
    content_type: str | None


def rows(payload: Payload, columns: Sequence[str]) -> list[Row]:
    """The rows of a payload, as texts in the order of `columns`.

    Raises:
        ValueError: It is not what its encoding says, or its rows are of another width.
    """
    data, encoding = payload.data, payload.encoding
    if encoding is None or data is None:
        raise ValueError("the record has no captured payload")
    if encoding == "BASE64":
        data, encoding = _decoded(data), "JSON" if "json" in (payload.content_type or "") else "CSV"
    if encoding == "CSV":
        found = csv.reader(io.StringIO(data), skipinitialspace=True)
        return [_fitting([value.strip() for value in row], columns) for row in found if row]
    if encoding == "JSON":
        return [_from_json(item, columns) for item in _items(data)]
    raise ValueError(f"encoding {encoding!r} is unknown; expected CSV, JSON or BASE64")


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(f"the payload is no base64 of a text: {error}") from error


def _items(data: str) -> Iterator[Any]:
    try:
        documents = [json.loads(data)]
    except json.JSONDecodeError:
        try:
            documents = [json.loads(line) for line in data.splitlines() if line.strip()]
        except json.JSONDecodeError as error:
            raise ValueError(f"the payload is neither JSON nor JSON Lines: {error}") from error
    for document in documents:
        listed = [document[key] for key in _ROWS if isinstance(document, dict) and key in document]
        if listed and isinstance(listed[0], list):
            yield from listed[0]
        elif isinstance(document, list) and document and isinstance(document[0], (list, dict)):
            yield from document
        else:
            yield document


def _from_json(item: Any, columns: Sequence[str]) -> Row:
    if isinstance(item, dict) and isinstance(item.get(_VALUES), list):
        item = item[_VALUES]
    if isinstance(item, dict):
        missing = [name for name in columns if name not in item]
        if missing:
            raise ValueError(f"a row lacks {', '.join(missing)}; it has {', '.join(item)}")
        item = [item[name] for name in columns]
    values = item if isinstance(item, list) else [item]
    return _fitting([None if value is None else _text(value) for value in values], columns)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _fitting(row: Sequence[str | None], columns: Sequence[str]) -> Row:
    if len(row) != len(columns):
        raise ValueError(f"a row has {len(row)} values; expected {len(columns)}")
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
                    row = next(_items(captured["data"]))
            except (KeyError, TypeError, ValueError, StopIteration):
                continue
            if isinstance(row, dict) and not isinstance(row.get(_VALUES), list):
                return tuple(row)
            values = row[_VALUES] if isinstance(row, dict) else row
            return tuple(f"_c{position}" for position in range(len(values)))
    return ()
