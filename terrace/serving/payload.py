"""Requests as rows of cells, and answers as text: text/csv, application/json, .../jsonlines."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terrace.errors import TerraceError

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
_ANY = ("", "*/*")

Cell = str | float | None
Row = list[Cell]
Prediction = Mapping[str, str | float]  # by the names of the output's columns


class RequestRefused(TerraceError):
    """A request that cannot be answered, with the HTTP status that says so."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Payload:
    """A request's or an answer's bytes and media type.

    Attributes:
        accept: Of a request, the media type that is wanted back.
    """

    body: bytes
    content_type: str
    accept: str = ""


def media_type(header: str) -> str:
    """The first media type of a header, without its parameters, in lower case."""
    return header.split(",")[0].split(";")[0].strip().lower()


def rows(payload: Payload, features: Sequence[str]) -> list[Row]:
    """The rows of a request, each a cell a feature; an empty field or null is None.

    Args:
        payload: The request.
        features: The model's features; without any, rows are as wide as they come.

    Raises:
        RequestRefused: It is no such request: the row and the reason are told.
    """
    media = media_type(payload.content_type)
    if media not in _READERS:
        raise RequestRefused(
            f"Content-Type got {media!r}; expected one of {', '.join(_READERS)}", 415
        )
    try:
        text = payload.body.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        raise RequestRefused(f"the request is not UTF-8: {error}") from error
    found = list(_READERS[media](text, features))
    if not found:
        raise RequestRefused("the request holds no rows; expected at least one")
    return found


def answer(predictions: Sequence[Prediction], payload: Payload) -> Payload:
    """The answer to a request, in the media type that it accepts or else in its own.

    Raises:
        RequestRefused: It accepts none that there is.
    """
    accept = media_type(payload.accept)
    media = media_type(payload.content_type) if accept in _ANY else accept
    if media not in _WRITERS:
        raise RequestRefused(f"Accept got {accept!r}; expected one of {', '.join(_WRITERS)}", 406)
    return Payload(body=_WRITERS[media](predictions).encode(), content_type=media)


def _csv(text: str, features: Sequence[str]) -> Iterator[Row]:
    try:
        for number, fields in enumerate(csv.reader(text.splitlines(), strict=True), 1):
            yield _row([field.strip() for field in fields], number, features)
    except csv.Error as error:
        raise RequestRefused(f"the request is not CSV: {error}") from error


def _json(text: str, features: Sequence[str]) -> Iterator[Row]:
    document = _loaded(text, "the request")
    instances = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(instances, list):
        raise RequestRefused('the request has no list "instances"; expected {"instances": [...]}')
    for number, instance in enumerate(instances, 1):
        yield _instance(instance, number, features)


def _json_lines(text: str, features: Sequence[str]) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        yield _instance(_loaded(line, f"row {number}"), number, features)


def _loaded(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RequestRefused(f"{what} is not JSON: {error}") from error


def _instance(instance: Any, number: int, features: Sequence[str]) -> Row:
    """A list under "features", or one value a feature by its name."""
    if not isinstance(instance, dict):
        raise RequestRefused(f"row {number} is a {type(instance).__name__}; expected an object")
    if "features" in instance:
        values = instance["features"]
        if not isinstance(values, list):
            raise RequestRefused(f'row {number}: "features" is not a list')
        return _row(values, number, features)
    missing = [name for name in features if name not in instance]
    unknown = [name for name in instance if name not in features]
    if missing or unknown or not features:
        raise RequestRefused(
            f"row {number}: missing {_few(missing)}, unknown {_few(unknown)}; expected the "
            "model's features by their names"
        )
    return _row([instance[name] for name in features], number, features)


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}" if names else "nothing"


def _row(values: Sequence[Any], number: int, features: Sequence[str]) -> Row:
    if features and len(values) != len(features):
        raise RequestRefused(f"row {number} has {len(values)} columns; expected {len(features)}")
    for place, value in enumerate(values, 1):
        if isinstance(value, bool | list | dict):
            raise RequestRefused(
                f"row {number}, column {place} is {str(value)[:80]}; expected a number or a text"
            )
    return [None if value in (None, "") else value for value in values]


def _written_csv(predictions: Sequence[Prediction]) -> str:
    return "".join(f"{','.join(str(value) for value in one.values())}\n" for one in predictions)


def _written_json(predictions: Sequence[Prediction]) -> str:
    return json.dumps({"predictions": [dict(one) for one in predictions]})


def _written_json_lines(predictions: Sequence[Prediction]) -> str:
    return "".join(f"{json.dumps(dict(one))}\n" for one in predictions)


_READERS: dict[str, Callable[[str, Sequence[str]], Iterator[Row]]] = {
    CSV: _csv,
    JSON: _json,
    JSON_LINES: _json_lines,
}
_WRITERS: dict[str, Callable[[Sequence[Prediction]], str]] = {
    CSV: _written_csv,
    JSON: _written_json,
    JSON_LINES: _written_json_lines,
}
