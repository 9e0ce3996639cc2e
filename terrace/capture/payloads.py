"""The rows of one captured payload, however it is written down.

SageMaker notes a payload as CSV, JSON (JSON Lines too) or BASE64; it holds one row or several.
"""

import base64
import binascii
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terrace.capture import shapes
from terrace.capture.images import image, is_image
from terrace.capture.paths import Paths
from terrace.texts import SPACES

Row = list[str | None]
_NAMED_WITHIN = 1000  # records that are looked at for the names of their fields
_LINE_END = re.compile(r"\r\n|\n|\r")
_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Payload:
    """One side of a record: the request, the response or the ground truth."""

    data: str | None
    encoding: str | None
    content_type: str | None


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a payload, as texts in the order of the columns.

    Attributes:
        rows: The rows, one at least.
        extra: Names beyond the columns that some of them have.
    """

    rows: list[Row]
    extra: frozenset[str] = frozenset()


class Written(str):
    """A number of a JSON document, as it is written there."""

    __slots__ = ()


def rows(payload: Payload, columns: Sequence[str], within: Paths = Paths()) -> Rows:  # noqa: B008
    """The rows of a payload.

    Args:
        payload: As it was captured.
        columns: Those that are asked for.
        within: Where a JSON document has its rows.

    Raises:
        ValueError: It is not what its encoding says, has no rows, or rows of another width.
    """
    extra: set[str] = set()
    if _is_image(payload):
        return Rows(rows=[_row(image(payload.data or "").row(), columns, extra)])
    data, encoding = _text(payload)
    if encoding == "CSV":
        found = [_fitting(values, columns) for values in _csv(data)]
    else:
        documents = (within.within(one, columns) if within else one for one in _documents(data))
        items = (item for one in documents for item in shapes.rows(one, columns))
        found = [_row(item, columns, extra) for item in items]
    if not found:
        raise ValueError("the payload has no rows")
    return Rows(rows=found, extra=frozenset(extra))


def _is_image(payload: Payload) -> bool:
    return payload.encoding == "BASE64" and is_image(payload.data or "", payload.content_type or "")


def _text(payload: Payload) -> tuple[str, str]:
    """The payload, and whether that is CSV or JSON."""
    data, encoding = payload.data, payload.encoding
    if encoding is None or data is None:
        raise ValueError("the record has no captured payload")
    if encoding == "BASE64":
        content_type = payload.content_type or ""
        return _decoded(data, content_type), "JSON" if "json" in content_type.lower() else "CSV"
    if encoding not in ("CSV", "JSON"):
        raise ValueError(f"encoding {encoding!r} is unknown; expected CSV, JSON or BASE64")
    return data, encoding


def _decoded(data: str, content_type: str) -> str:
    charset = _CHARSET.search(content_type)
    try:
        text = base64.b64decode(data, validate=True).decode(charset[1] if charset else "utf-8")
    except (binascii.Error, UnicodeDecodeError, LookupError) as error:
        raise ValueError(f"the payload is no base64 of a text: {error}") from error
    return text.removeprefix("\ufeff")


def _csv(data: str) -> Iterator[list[str]]:
    lines = io.StringIO(data, newline="")  # a line ends as on any system
    several = "\n" in data.rstrip("\n")  # where a quote that is left open would join rows
    for values in csv.reader(lines, skipinitialspace=True, strict=several):
        if values:
            yield [value.strip(SPACES) for value in values]


def _documents(data: str) -> Iterator[Any]:
    try:
        yield _loaded(data)
    except json.JSONDecodeError:
        try:
            documents = [_loaded(line) for line in _LINE_END.split(data) if line.strip()]
        except json.JSONDecodeError as error:
            raise ValueError(f"the payload is neither JSON nor JSON Lines: {error}") from error
        yield from documents


def _loaded(text: str) -> Any:
    return json.loads(text, parse_int=Written, parse_float=Written, parse_constant=Written)


def _row(item: Any, columns: Sequence[str], extra: set[str]) -> Row:
    if isinstance(item, dict):
        return [_value(value) for value in _by_name(item, columns, extra)]
    values = item if isinstance(item, list) else [item]
    return _fitting([_value(value) for value in values], columns)


def _by_name(item: Mapping[str, Any], columns: Sequence[str], extra: set[str]) -> list[Any]:
    """The values of the columns; one that is left out is a missing value."""
    if len(item) == len(columns) and all(name in item for name in columns):
        return [item[name] for name in columns]
    if any(name not in item for name in columns):
        # A CSV file's header has no spaces around its names, where the caller's may.
        trimmed = {name.strip(SPACES): name for name in item}
        own = {trimmed.get(name.strip(SPACES)): name for name in columns if name not in item}
        item = {own.get(name, name): value for name, value in item.items()}
    if not any(name in item for name in columns):
        raise ValueError(f"a row has none of {_listed(columns)}; it has {_listed(item)}")
    extra.update(name for name in item if name not in columns)
    return [item.get(name) for name in columns]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def _value(value: Any) -> str | None:
    if value is None or isinstance(value, Written):
        return value
    text = value if isinstance(value, str) else _json(value)
    # Half of a pair of surrogates, an emoji that was cut, is legal in JSON but no text.
    return (
        text
        if text.isascii()
        else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def _json(value: Any) -> str:
    if isinstance(value, Written):
        return value
    if isinstance(value, list):
        return f"[{','.join(map(_json, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{_json(name)}:{_json(one)}' for name, one in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)


def _fitting(row: Sequence[str | None], columns: Sequence[str]) -> Row:
    if len(row) != len(columns):
        raise ValueError(f"a row has {len(row)} values; expected {len(columns)}")
    return list(row)


def positions(path: Path) -> tuple[str, ...]:
    """Names for the columns of a file's requests.

    Where payloads have names these are taken, from as many records as one looks at; else the
    positions, from `_c0`. Empty where the file has no record with a row.
    """
    names: dict[str, None] = {}
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for count, item in enumerate(_first_rows(file)):
            if not isinstance(item, dict):
                width = len(item) if isinstance(item, list) else 1
                return tuple(names) or tuple(f"_c{position}" for position in range(width))
            names |= dict.fromkeys(item)
            if count == _NAMED_WITHIN:
                break
    return tuple(names)


def _first_rows(lines: Iterable[str]) -> Iterator[Any]:
    """The first row of each record that has one."""
    for line in lines:
        try:
            captured = json.loads(line)["captureData"]["endpointInput"]
            payload = Payload(
                data=captured["data"],
                encoding=captured["encoding"],
                content_type=captured.get("observedContentType"),
            )
            if _is_image(payload):
                yield image(payload.data or "").row()
                continue
            data, encoding = _text(payload)
            if encoding == "CSV":
                yield next(_csv(data))
            else:
                yield next(shapes.rows(next(_documents(data)), ()))
        except (KeyError, TypeError, ValueError, StopIteration, RecursionError, csv.Error):
            continue
