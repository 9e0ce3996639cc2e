"""Requests and answers of the endpoint: text/csv, application/json, application/jsonlines."""

import csv
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from toolwear.errors import ToolWearError
from toolwear.scoring import Scorer, decide

CSV = "text/csv"
JSON = "application/json"
JSON_LINES = "application/jsonlines"
_MAX_NUMBER = 3.4e38  # the model counts in 32-bit floats
_ANY = ("", "*/*")

Row = list[float | str]


class PayloadError(ToolWearError):
    """A request that cannot be answered, with the HTTP status that says so."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Payload:
    """A request as it came in."""

    body: bytes
    content_type: str
    accept: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response's media type and bytes."""

    content_type: str
    body: bytes


def respond(scorer: Scorer, payload: Payload) -> Answer:
    """Score every row of a request; each row of the answer is the row at the same place in it."""
    media = _media(payload.content_type)
    parser = _PARSERS.get(media)
    if parser is None:
        allowed = ", ".join(_PARSERS)
        raise PayloadError(f"Content-Type is {media!r}, expected one of {allowed}", 415)
    accept = _media(payload.accept)
    writer = _WRITERS.get(media if accept in _ANY else accept)
    if writer is None:
        raise PayloadError(f"Accept is {accept!r}, expected one of {', '.join(_WRITERS)}", 406)
    rows = list(parser(_text(payload.body), scorer))
    if not rows:
        raise PayloadError("the request holds no rows, expected at least one")
    return writer([(decide(score), score) for score in scorer.score(rows)])


def _media(header: str) -> str:
    """Return the first media type of a header without its parameters."""
    return header.split(",")[0].split(";")[0].strip().lower()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        raise PayloadError(f"the request is not UTF-8: {error}") from error


def _parse_csv(text: str, scorer: Scorer) -> Iterator[Row]:
    try:
        for number, fields in enumerate(csv.reader(text.splitlines(), strict=True), 1):
            yield _row(fields, number, scorer)
    except csv.Error as error:
        raise PayloadError(f"the request is not CSV: {error}") from error


def _parse_json(text: str, scorer: Scorer) -> Iterator[Row]:
    document = _load(text, "the request")
    instances = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(instances, list):
        raise PayloadError('the request has no list "instances", expected {"instances": [...]}')
    for number, instance in enumerate(instances, 1):
        yield _instance(instance, number, scorer)


def _parse_json_lines(text: str, scorer: Scorer) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        yield _instance(_load(line, f"row {number}"), number, scorer)


def _load(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"{what} is not JSON: {error}") from error


def _instance(instance: Any, number: int, scorer: Scorer) -> Row:
    """Read one instance: a list under "features", or one value a feature by its name."""
    if not isinstance(instance, dict):
        kind = type(instance).__name__
        raise PayloadError(f"row {number} is a {kind}, expected an object")
    if "features" in instance:
        values = instance["features"]
        if not isinstance(values, list):
            raise PayloadError(f'row {number}: "features" is not a list')
        return _row(values, number, scorer)
    missing = [name for name in scorer.features if name not in instance]
    unknown = [name for name in instance if name not in scorer.features]
    if missing or unknown:
        raise PayloadError(
            f"row {number}: {_names('missing', missing)}{_names('unknown', unknown)}"
        )
    return _row([instance[name] for name in scorer.features], number, scorer)


def _names(what: str, names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{what} {', '.join(names[:3])}{more}. " if names else ""


def _row(values: list[Any], number: int, scorer: Scorer) -> Row:
    if len(values) != len(scorer.features):
        expected = len(scorer.features)
        raise PayloadError(f"row {number} has {len(values)} columns, expected {expected}")
    row: Row = []
    for position, (name, value) in enumerate(zip(scorer.features, values, strict=True), 1):
        try:
            row.append(_process(value, scorer) if name in scorer.texts else _number(value))
        except ValueError as error:
            shown = repr(value)[:80]
            raise PayloadError(
                f"row {number}, column {position} ({name}) is {shown}, expected {error}"
            ) from None
    return row


def _number(value: Any) -> float:
    """Read a number; an empty field or null is a missing one, which the model fills itself."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return math.nan
    try:
        number = math.nan if isinstance(value, bool | list | dict) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not abs(number) <= _MAX_NUMBER:
        raise ValueError("a finite number")
    return number


def _process(value: Any, scorer: Scorer) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if text not in scorer.processes:
        raise ValueError(f"one of {', '.join(scorer.processes)}")
    return text


Prediction = tuple[str, float]


def _write_csv(predictions: list[Prediction]) -> Answer:
    body = "".join(f"{label},{score}\n" for label, score in predictions)
    return Answer(content_type=f"{CSV}; charset=utf-8", body=body.encode())


def _write_json(predictions: list[Prediction]) -> Answer:
    body = json.dumps({"predictions": [_record(prediction) for prediction in predictions]})
    return Answer(content_type=JSON, body=body.encode())


def _write_json_lines(predictions: list[Prediction]) -> Answer:
    body = "".join(f"{json.dumps(_record(prediction))}\n" for prediction in predictions)
    return Answer(content_type=JSON_LINES, body=body.encode())


def _record(prediction: Prediction) -> dict[str, str | float]:
    label, score = prediction
    return {"predicted_label": label, "score": score}


_PARSERS: dict[str, Callable[[str, Scorer], Iterator[Row]]] = {
    CSV: _parse_csv,
    JSON: _parse_json,
    JSON_LINES: _parse_json_lines,
}
_WRITERS: dict[str, Callable[[list[Prediction]], Answer]] = {
    CSV: _write_csv,
    JSON: _write_json,
    JSON_LINES: _write_json_lines,
}
