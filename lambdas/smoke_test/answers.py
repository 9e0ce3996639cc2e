"""Are two answers of a model the same?"""

import csv
import json
import math
from itertools import zip_longest
from typing import Any

_TOLERANCE = 1e-6


def difference(expected: str, got: str, content_type: str) -> str | None:
    """Where two answers differ, in words, or None where they agree.

    Numbers agree within 1e-6 (absolute, or relative for large ones): the same model on another
    processor rounds otherwise. Everything else must be equal.
    """
    if content_type.startswith("application/json"):
        return _json_difference(_parsed(expected), _parsed(got), "$")
    lines = zip_longest(_rows(expected), _rows(got))
    for number, (wanted, answered) in enumerate(lines, start=1):
        if wanted is None or answered is None or len(wanted) != len(answered):
            return f"line {number}: expected {_line(wanted)}, got {_line(answered)}"
        if not all(map(_agree, wanted, answered)):
            return f"line {number}: expected {_line(wanted)}, got {_line(answered)}"
    return None


def _rows(text: str) -> list[list[str]]:
    return [row for row in csv.reader(text.strip().splitlines()) if row]


def _line(row: list[str] | None) -> str:
    return "no such line" if row is None else repr(",".join(row))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text  # then the two texts are compared


def _json_difference(wanted: Any, got: Any, where: str) -> str | None:
    if isinstance(wanted, dict) and isinstance(got, dict) and wanted.keys() == got.keys():
        pairs = [(wanted[key], got[key], f"{where}.{key}") for key in wanted]
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        pairs = [
            (*pair, f"{where}[{index}]") for index, pair in enumerate(zip(wanted, got, strict=True))
        ]
    else:
        return None if _agree(wanted, got) else f"{where}: expected {wanted!r}, got {got!r}"
    return next(filter(None, (_json_difference(*pair) for pair in pairs)), None)


def _agree(wanted: Any, got: Any) -> bool:
    if wanted == got:
        return True
    try:
        numbers = float(wanted), float(got)
    except (TypeError, ValueError):
        return False
    return math.isclose(*numbers, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE) or all(
        map(math.isnan, numbers)
    )
