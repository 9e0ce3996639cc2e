"""Whether two patterns can name the same thing, for whatever names two tenants have.

A pattern may hold `*`, `?` and the symbols of `terrace.assembly.symbols`. `MINE` and `THEIRS` stand
for any two names that Terrace allows and that differ. Both patterns are read side by side as
automata, so nothing is assumed about what stands around a name: where both names begin at the same
place and end at the same place, they would be the same name, and that way is not taken.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from terrace.assembly.symbols import (
    ACCOUNT,
    ANY_NAME,
    DIGITS,
    LETTERS,
    MINE,
    NAMES,
    OTHER_ACCOUNT,
    PARTITION,
    REGION,
    THEIRS,
    UNKNOWN,
    WORDS,
    identity_of,
    is_attribute,
    is_made_up,
)
from terrace.names import PREFIX, RESERVED_TENANTS, SEPARATOR

__all__ = ["MINE", "THEIRS", "covers", "meet", "named"]

_ANY = frozenset(("*", UNKNOWN))
# What two of them stand for may differ.
_LOOSE = frozenset(("?", "*", UNKNOWN, DIGITS, WORDS, LETTERS, ANY_NAME, OTHER_ACCOUNT))
_NAME_LIKE = NAMES | {ANY_NAME}
# Classes of characters, as bits: a name's letters, digits, hyphens, other characters of made-up
# names, and all others.
_LETTER, _DIGIT, _HYPHEN, _WORD, _ALIEN = 1, 2, 4, 8, 16
_EACH = (_LETTER, _DIGIT, _HYPHEN, _WORD, _ALIEN)
_ALL = 31
_OF_SYMBOLS = {
    ACCOUNT: _DIGIT,
    OTHER_ACCOUNT: _DIGIT,
    REGION: _LETTER | _DIGIT | _HYPHEN,
    PARTITION: _LETTER | _HYPHEN,
    DIGITS: _DIGIT,
    WORDS: _LETTER | _DIGIT | _HYPHEN,
    LETTERS: _LETTER | _DIGIT | _WORD,
}
_SYMBOLS = _NAME_LIKE | set(_OF_SYMBOLS)
# Where a symbol is: not begun, at a place where it may end, behind a hyphen of a name.
_OUTSIDE, _INSIDE, _HYPHENATED = 0, 1, 2
# How two symbols that cannot be the same text stand to each other: apart; begun together; begun
# together, and the first (the second) has ended, so that the other one must go on.
_APART, _TOGETHER, _FIRST_ENDED, _SECOND_ENDED = 0, 1, 2, 3

_Place = tuple[int, int, int]  # the element, where in it, where in the other one it began
_State = tuple[_Place, _Place, int]


@lru_cache(maxsize=10_000)
def _occurrences(name: str) -> re.Pattern[str]:
    word = re.escape(name)
    end = r"(?![a-z0-9*?])(?!-[a-z0-9*?])"
    # The name comes first, so that the search begins where it is, and looks back from its end.
    behind = f"(?:(?<={PREFIX}{SEPARATOR}{word})|(?<={PREFIX}/{word})){end}"
    before = f"(?:(?<![a-z0-9-]{word})|(?<={SEPARATOR}{word}))(?={SEPARATOR})"
    # In prose, so that what is said of tenants that are alike is alike too.
    prose = rf'(?<= {word})(?=[ ".,:;)\\])'
    return re.compile(rf'{word}(?:{behind}|{before}|{prose}|(?<="{word})(?=\\*"|@))')


def named(text: str, name: str, symbol: str) -> str:
    """A text, or a template's JSON, with a tenant's name as a symbol where it means the tenant.

    That is behind `terrace--` or `terrace/`, before `--`, alone, and behind a space; elsewhere it
    is some word.
    What is proven with a symbol in a place holds for every name there, so also for this one.

    >>> named("role/terrace--role--data", "role", "T"), named("endpoint/a-b--c", "b", "T")
    ('role/terrace--T--data', 'endpoint/a-b--c')
    """
    return symbol if text == name else _occurrences(name).sub(symbol, text)


@lru_cache(maxsize=1_000_000)
def meet(one: str, other: str) -> bool:
    """Whether something may match both patterns; True also where that cannot be known.

    >>> meet("bucket/*", "bucket/data"), meet("a--*", "a-b--c"), meet("key/?", "key/")
    (True, False, False)
    """
    place = _agreed(one, other)
    one, other = one[place:], other[place:]
    start: _State = ((0, _OUTSIDE, -1), (0, _OUTSIDE, -1), _APART)
    seen, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        if state[0][0] == len(one) and state[1][0] == len(other):
            return True
        for following in _steps(one, other, state):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def covers(pattern: str, other: str) -> bool:
    """Whether a pattern surely matches everything that another does.

    >>> covers("a/*", "a/b*"), covers("a/b*", "a/*"), covers("a/?", "a/*")
    (True, False, False)
    """
    return _covers(pattern, other)


def _agreed(one: str, other: str) -> int:
    """How many characters both patterns share that mean the same text in both."""
    place = 0
    for a, b in zip(one, other, strict=False):
        if a != b or a in _LOOSE:
            break
        place += 1
    return place


def _steps(one: str, other: str, state: _State) -> Iterator[_State]:
    first, second, relation = state
    yield from _ends(one, other, state)
    if first[0] == len(one) or second[0] == len(other):
        return
    mine, its = one[first[0]], other[second[0]]
    for kind in _EACH if _classes(mine, first[1]) & _classes(its, second[1]) else ():
        if _is_literal(mine) and _is_literal(its) and mine != its:
            return
        ways = _consumed(mine, first, kind), _consumed(its, second, kind)
        if ways[0] and ways[1]:
            yield (
                _begun(ways[0], first, mine, second, other),
                _begun(ways[1], second, its, first, one),
                _related(mine, first, its, second, relation),
            )


def _ends(one: str, other: str, state: _State) -> Iterator[_State]:
    """The ways on without another character: a wildcard or a symbol ends."""
    first, second, relation = state
    if first[0] < len(one) and _may_end(one, first, other, second):
        if relation == _TOGETHER:
            yield _next(first), second, _FIRST_ENDED
        elif relation != _SECOND_ENDED:
            yield _next(first), second, relation
    if second[0] < len(other) and _may_end(other, second, one, first):
        if relation == _TOGETHER:
            yield first, _next(second), _SECOND_ENDED
        elif relation != _FIRST_ENDED:
            yield first, _next(second), relation


def _next(place: _Place) -> _Place:
    return place[0] + 1, _OUTSIDE, -1


def _may_end(pattern: str, place: _Place, other: str, at: _Place) -> bool:
    element = pattern[place[0]]
    if element in _ANY:
        return True
    if not _is_symbol(element) or place[1] != _INSIDE:
        return False
    began = place[2]
    return not (
        element in _NAME_LIKE
        and began >= 0
        and at[1] == _OUTSIDE
        and other[began : at[0]] in RESERVED_TENANTS
    )


def _classes(element: str, where: int) -> int:
    """The characters that an element may begin, or go on, with."""
    if element in _ANY or element == "?":
        return _ALL
    if element in _NAME_LIKE:
        return {
            _OUTSIDE: _LETTER,
            _INSIDE: _LETTER | _DIGIT | _HYPHEN,
            _HYPHENATED: _LETTER | _DIGIT,
        }[where]
    if element in _OF_SYMBOLS:
        return _OF_SYMBOLS[element]
    if is_made_up(element):
        return _ALL if is_attribute(element) else _ALL & ~_ALIEN
    return _class_of(element)


def _class_of(character: str) -> int:
    if "a" <= character <= "z":
        return _LETTER
    if "0" <= character <= "9":
        return _DIGIT
    if character == "-":
        return _HYPHEN
    return _WORD if character.isascii() and (character.isalpha() or character in "_.") else _ALIEN


def _consumed(element: str, place: _Place, kind: int) -> _Place | None:
    """Where an element is after one character of a class; None where it cannot take it."""
    number, where, began = place
    if not _classes(element, where) & kind:
        return None
    if element in _ANY:
        return place
    if element in _NAME_LIKE:
        return number, _HYPHENATED if kind == _HYPHEN else _INSIDE, began
    if _is_symbol(element):
        return number, _INSIDE, began
    return _next(place)


def _begun(place: _Place, before: _Place, element: str, at: _Place, other: str) -> _Place:
    """Keeps where a tenant's name began in the other pattern, while that is a plain text."""
    if element not in _NAME_LIKE:
        return place
    plain = at[0] < len(other) and _is_literal(other[at[0]])
    if before[1] == _OUTSIDE:
        return place[0], place[1], at[0] if plain else -1
    return (place[0], place[1], before[2] if plain else -1)


def _related(mine: str, first: _Place, its: str, second: _Place, relation: int) -> int:
    if first[1] == second[1] == _OUTSIDE and _differ(mine, its):
        return _TOGETHER
    return _TOGETHER if relation == _TOGETHER else _APART


def _differ(one: str, other: str) -> bool:
    """Whether two symbols surely stand for texts that differ."""
    if {one, other} in ({MINE, THEIRS}, {ACCOUNT, OTHER_ACCOUNT}):
        return True
    if one == other or not (is_made_up(one) and is_made_up(other)):
        return False
    if is_attribute(one) or is_attribute(other):  # two attributes may well have one value
        return False
    return not meet(identity_of(one), identity_of(other))


def _is_symbol(element: str) -> bool:
    return element in _SYMBOLS or is_made_up(element)


def _is_literal(element: str) -> bool:
    return element not in _ANY and element != "?" and not _is_symbol(element)


def _over_stars(places: set[int], pattern: str) -> set[int]:
    reached = set(places)
    for place in places:
        while place < len(pattern) and pattern[place] == "*":
            place += 1
            reached.add(place)
    return reached


@lru_cache(maxsize=100_000)
def _covers(pattern: str, other: str) -> bool:
    """A wildcard or a symbol of `other` is a character that only `*`, or the symbol, matches."""
    if UNKNOWN in pattern:
        return False
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
        return symbol == "?" or _is_literal(symbol)
    return pattern == symbol and symbol not in _LOOSE
