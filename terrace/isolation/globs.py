"""Whether two patterns of ARNs can name the same thing, for whatever names two tenants have.

A pattern may hold `*` and `?`, and the names of two tenants that differ as `MINE` and `THEIRS`: one
character each, that stands for any name that Terrace allows. Such a name is lower-case letters and
digits, joined by single hyphens; so where a name is followed by `--`, by a character that no name
has, or by the end, it can be read back, and two patterns that agree up to there name the same
tenant. Tenants with different names are then apart, however they are called.
"""

import re
from functools import lru_cache

from terrace.names import PREFIX, RESERVED_TENANTS, SEPARATOR

MINE, THEIRS = "\ue000", "\ue001"
_NAMES = frozenset((MINE, THEIRS))
_WILD = frozenset("*?")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def named(text: str, name: str, symbol: str) -> str:
    """A text with a tenant's name as a symbol, wherever it stands for the tenant.

    That is behind `terrace--` or `terrace/`, before `--`, and alone; elsewhere it is some word.

    >>> named("role/terrace--role--data", "role", "T"), named("endpoint/a-b--c", "b", "T")
    ('role/terrace--T--data', 'endpoint/a-b--c')
    """
    if text == name:
        return symbol
    parts, start = [], 0
    while (found := text.find(name, start)) >= 0:
        end = found + len(name)
        behind = text[:found].endswith((f"{PREFIX}{SEPARATOR}", f"{PREFIX}/"))
        before = text.startswith(SEPARATOR, end) and _begins(text, found)
        whole = _ends(text, end) and (behind or before)
        parts += [text[start:found], symbol if whole else name]
        start = end
    return "".join([*parts, text[start:]])


@lru_cache(maxsize=1_000_000)
def meet(one: str, other: str) -> bool:
    """Whether something may match both patterns; True also where that cannot be told.

    >>> meet("bucket/*", "bucket/data"), meet("a--*", "a-b--c"), meet("key/?", "key/")
    (True, False, False)
    """
    place = _agreed(one, other)
    rest, others_rest = one[place:], other[place:]
    if not rest or not others_rest:
        return not (rest + others_rest).strip("*")
    if rest[0] in _NAMES and others_rest[0] in _NAMES and rest[0] != others_rest[0]:
        # Two names that differ, at the same place.
        return not (_ends(rest, 1) and _ends(others_rest, 1))
    for mine, literal in ((rest, others_rest), (others_rest, rest)):
        if mine[0] in _NAMES and _ends(mine, 1) and not (_WILD | _NAMES) & {literal[0]}:
            return _named_by(mine[1:], literal)
    if _WILD & {rest[0], others_rest[0]} or _NAMES & {rest[0], others_rest[0]}:
        return _overlap(rest, others_rest)
    return False


def _named_by(behind: str, literal: str) -> bool:
    """Whether a name, with what stands behind it, may be what a text begins with."""
    found = _NAME.match(literal)
    if not found or found[0] in RESERVED_TENANTS:
        return False
    end = found.end()
    return meet(behind, literal[end:]) if _ends(literal, end) else _overlap(behind, literal[end:])


def covers(pattern: str, other: str) -> bool:
    """Whether a pattern surely matches everything that another does.

    >>> covers("a/*", "a/b*"), covers("a/b*", "a/*"), covers("a/?", "a/*")
    (True, False, False)
    """
    # A wildcard of the other one is a character that only `*` matches.
    return _covers(pattern, other)


def _agreed(one: str, other: str) -> int:
    """How long both patterns are the same text."""
    place = 0
    for a, b in zip(one, other, strict=False):
        if a != b or a in _WILD:
            break
        place += 1
    return place


def _begins(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] not in _NAME_CHARACTERS or text[:start].endswith("--")


def _ends(text: str, end: int) -> bool:
    """Whether a name that ends here cannot be longer."""
    rest = text[end : end + 2]
    if not rest:
        return True
    if rest[0] in _WILD:
        return False
    if rest[0] == "-":
        # `--`, or a hyphen before what no name has; at the end there is none of a name's either.
        return len(rest) == 1 or rest[1] == "-" or _alien(rest[1])
    return _alien(rest[0])


def _alien(character: str) -> bool:
    return character not in _NAME_CHARACTERS and character not in _WILD | _NAMES


@lru_cache(maxsize=100_000)
def _overlap(one: str, other: str) -> bool:
    """Whether two patterns have a text in common, a name being any text."""
    one, other = (_wildened(text) for text in (one, other))
    reached = {0}  # places in `other` that are reached where `one` is read up to here
    reached = _over_stars(reached, other)
    for symbol in one:
        if symbol == "*":
            reached = set(range(min(reached), len(other) + 1)) if reached else set()
            continue
        moved = set()
        for place in reached:
            if place < len(other):
                if other[place] == "*":
                    moved.add(place)
                elif symbol == "?" or other[place] in ("?", symbol):
                    moved.add(place + 1)
        reached = _over_stars(moved, other)
        if not reached:
            return False
    return len(other) in reached


def _wildened(text: str) -> str:
    return "".join("?*" if symbol in _NAMES else symbol for symbol in text)


def _over_stars(places: set[int], pattern: str) -> set[int]:
    found = set(places)
    for place in places:
        while place < len(pattern) and pattern[place] == "*":
            place += 1
            found.add(place)
    return found


@lru_cache(maxsize=100_000)
def _covers(pattern: str, other: str) -> bool:
    reached = _over_stars({0}, pattern)
    for symbol in other:
        moved = set()
        for place in reached:
            if place < len(pattern):
                if pattern[place] == "*":
                    moved.add(place)
                elif _covers_one(pattern[place], symbol):
                    moved.add(place + 1)
        reached = _over_stars(moved, pattern)
        if not reached:
            return False
    return len(pattern) in reached


def _covers_one(pattern: str, symbol: str) -> bool:
    if pattern == "?":
        return symbol != "*" and symbol not in _NAMES
    return pattern == symbol and symbol not in _WILD
