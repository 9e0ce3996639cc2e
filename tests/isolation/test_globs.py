"""What holds for the symbols of two tenants holds for all names, and for all texts."""

import itertools
import re
from functools import cache

from hypothesis import assume, given
from hypothesis import strategies as st

from terrace.assembly.symbols import UNKNOWN, made_up, theirs
from terrace.isolation.globs import MINE, THEIRS, covers, meet, named
from terrace.names import NAME_PATTERN, RESERVED_TENANTS

NAMES = st.from_regex(re.compile(NAME_PATTERN), fullmatch=True).filter(
    lambda name: len(name) <= 20 and name not in RESERVED_TENANTS
)
PARTS = ("a", "b", "-", "--", "/", ":", "X", "*", "?", "-X", "terrace--", "platform", UNKNOWN)
MINES = st.lists(st.sampled_from([*PARTS, MINE]), max_size=6).map("".join)
THEIR = st.lists(st.sampled_from([*PARTS, THEIRS]), max_size=6).map("".join)
TEXTS = st.text("ab-/:X", max_size=8)
PATTERNS = st.text("ab-/*?", max_size=7)
# For the brute force: all texts of at most five characters, and names that are prefixes of others.
ALL_TEXTS = ["".join(t) for size in range(6) for t in itertools.product("ab-", repeat=size)]
SHORT_NAMES = ("a", "b", "ab", "a-b", "a-a", "b-a", "aa-b")


def matches(pattern: str, text: str) -> bool:
    parts = {"*": ".*", "?": ".", UNKNOWN: ".*"}
    expression = "".join(parts.get(one, re.escape(one)) for one in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


@cache
def matched(pattern: str) -> int:
    """The texts that a pattern matches, as bits."""
    return sum(1 << place for place, text in enumerate(ALL_TEXTS) if matches(pattern, text))


def patterns_of(symbols: str, size: int) -> list[str]:
    return ["".join(p) for n in range(size + 1) for p in itertools.product(symbols, repeat=n)]


def test_no_text_is_missed_by_any_two_patterns_of_names_and_wildcards() -> None:
    """Brute force: every pair of patterns, every pair of names, every text."""
    mines, their = patterns_of(f"a-*{MINE}", 4), patterns_of(f"b-*{THEIRS}", 4)
    for mine, other in itertools.product(mines, their):
        if not meet(mine, other):
            for one, two in itertools.permutations(SHORT_NAMES, 2):
                common = matched(mine.replace(MINE, one)) & matched(other.replace(THEIRS, two))
                assert not common, (mine, other, one, two)


def test_patterns_without_names_meet_exactly_where_a_text_matches_both() -> None:
    plain = patterns_of("a-*?", 4)
    for one, other in itertools.combinations(plain, 2):
        # Two patterns of four characters that meet have a common text of at most eight.
        if len(one) + len(other) <= 5:
            assert meet(one, other) == bool(matched(one) & matched(other)), (one, other)


def test_a_pattern_covers_exactly_what_it_always_matches() -> None:
    plain = patterns_of("a-*?", 3)
    for one, other in itertools.product(plain, plain):
        if covers(one, other):
            assert not matched(other) & ~matched(one), (one, other)
        if not set("*?") & set(other):
            assert covers(one, other) == matches(one, other)


@given(MINES, THEIR, NAMES, NAMES)
def test_patterns_that_do_not_meet_never_do_whatever_the_names(
    mine: str, theirs: str, one: str, other: str
) -> None:
    assume(one != other)
    if not meet(mine, theirs):
        assert not meet(mine.replace(MINE, one), theirs.replace(THEIRS, other))


@given(PATTERNS, PATTERNS, TEXTS)
def test_patterns_that_match_the_same_text_meet(one: str, other: str, text: str) -> None:
    if matches(one, text) and matches(other, text):
        assert meet(one, other)
    assert meet(one, text) == matches(one, text)


@given(PATTERNS, PATTERNS, TEXTS)
def test_a_pattern_that_covers_another_matches_all_that_it_does(
    one: str, other: str, text: str
) -> None:
    if covers(one, other) and matches(other, text):
        assert matches(one, text)


@given(MINES, TEXTS)
def test_what_is_unknown_meets_everything_and_covers_nothing(pattern: str, text: str) -> None:
    assert meet(UNKNOWN, pattern)
    assert not covers(pattern + UNKNOWN, text)
    if covers(pattern, UNKNOWN):
        assert set(pattern) == {"*"}


@given(NAMES, NAMES)
def test_a_name_is_found_only_where_it_stands_for_itself(one: str, other: str) -> None:
    assume(one != other)
    text = f"arn:aws:s3:::terrace--{other}--data/{other}/x"
    assert named(text, one, MINE) == text
    assert named(text, other, MINE) == f"arn:aws:s3:::terrace--{MINE}--data/{other}/x"


def test_a_wildcard_may_continue_a_name() -> None:
    assert meet("north-*", "north-mill")
    assert meet(f"terrace--{MINE}--*", "terrace--north-*")
    assert meet("endpoint/north-*", f"endpoint/{THEIRS}--wear")


def test_a_made_up_name_proves_nothing_but_that_it_is_itself() -> None:
    own = made_up(f"terrace--{MINE}/Role")
    assert meet(f"role/{own}", f"role/{own}")
    assert not meet(f"role/{own}", f"role/{theirs(own)}")
    assert not meet(f"role/{own}", f"role/{made_up(f'terrace--{MINE}/Another')}")
    assert meet(f"role/{own}", "role/terrace--north-*")
    assert meet(f"role/terrace--{MINE}-*", f"role/{theirs(own)}")
    assert meet(f"role/{made_up('terrace--south/Role')}", f"role/{theirs(own)}")
    assert not covers("role/terrace--*", f"role/{own}")


def test_a_reserved_name_is_no_tenants() -> None:
    assert not meet(f"terrace--{MINE}", "terrace--alerts")
    assert not meet(f"terrace--{MINE}--*", "terrace--platform--x")
    assert meet(f"terrace--{MINE}*", "terrace--platform--x")
