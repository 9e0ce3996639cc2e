"""A differential test: two versions' answers to the same requests, differences counted by kind.

Requests are told apart by what they hold, so that nothing depends on how either version numbers
them: a request that was sent several times counts once.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from terrace.errors import TerraceError

_TOLERANCE = 1e-6  # of two numbers that are the same, absolute or relative


class UnreadableRecord(TerraceError):
    """A line of a capture file that is no record."""


@dataclass(frozen=True, kw_only=True)
class Differences:
    """How two versions' answers differ, in requests.

    Attributes:
        requests: That the running version answered.
        unanswered: Of these, those that the candidate did not answer.
        decisions: Those where some text differs: another class.
        shapes: Those whose answers have other rows or columns.
        numbers: Those where numbers alone differ, as scores of another version do.
        largest: The largest difference of two numbers.
    """

    requests: int
    unanswered: int
    decisions: int
    shapes: int
    numbers: int
    largest: float

    def share(self, *kinds: str) -> float:
        """How many of the requests differ in these ways, 0 to 1."""
        count = sum(getattr(self, kind) for kind in kinds)
        return count / self.requests if self.requests else 0.0

    def __str__(self) -> str:
        """In words, for those who are told."""
        return (
            f"of {self.requests} requests {self.unanswered} unanswered, {self.decisions} decided "
            f"otherwise, {self.shapes} of another shape, {self.numbers} with other numbers "
            f"(by {self.largest:.3g} at most)"
        )


def exchanges(lines: Iterable[bytes]) -> dict[str, str]:
    """The answers of captured records, by their requests.

    Raises:
        UnreadableRecord: A line is no record.
    """
    found = {}
    for line in lines:
        if not line.strip():
            continue
        try:
            data = json.loads(line)["captureData"]
            request, answer = data["endpointInput"], data["endpointOutput"]
            found[str(request["data"])] = str(answer["data"])
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableRecord(f"{line[:80]!r} is no captured record: {error}") from error
    return found


def compared(running: Mapping[str, str], candidate: Mapping[str, str]) -> Differences:
    """The differences between two versions' answers, by request."""
    kinds = dict.fromkeys(("unanswered", "decisions", "shapes", "numbers"), 0)
    largest = 0.0
    for request, answer in running.items():
        if request not in candidate:
            kinds["unanswered"] += 1
            continue
        kind, by = _difference(_cells(answer), _cells(candidate[request]))
        largest = max(largest, by)
        if kind:
            kinds[kind] += 1
    return Differences(requests=len(running), largest=largest, **kinds)


def _cells(answer: str) -> list[list[str]]:
    """An answer as rows of cells: of CSV its own, of JSON one row with every value."""
    try:
        return [[str(value) for value in _values(json.loads(answer))]]
    except ValueError:
        lines = answer.strip().splitlines()
        return [[cell.strip() for cell in line.split(",")] for line in lines]


def _values(document: Any) -> Iterable[Any]:
    if isinstance(document, dict):
        for value in document.values():
            yield from _values(value)
    elif isinstance(document, list):
        for value in document:
            yield from _values(value)
    else:
        yield document


def _difference(one: list[list[str]], other: list[list[str]]) -> tuple[str, float]:
    """The worst kind of difference, and how far numbers are apart."""
    if list(map(len, one)) != list(map(len, other)):
        return "shapes", 0.0
    kind, largest = "", 0.0
    for mine, theirs in zip(chain(*one), chain(*other), strict=True):
        if mine == theirs:
            continue
        try:
            numbers = float(mine), float(theirs)
        except ValueError:
            return "decisions", largest
        if not math.isclose(*numbers, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
            kind, largest = "numbers", max(largest, abs(numbers[0] - numbers[1]))
    return kind, largest
