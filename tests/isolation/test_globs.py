"""What holds for the symbols of two tenants holds for all names, and for all texts."""

import fnmatch
import re

from hypothesis import assume, given
from hypothesis import strategies as st

from terrace.isolation.globs import MINE, THEIRS, covers, meet, named
from terrace.names import NAME_PATTERN, RESERVED_TENANTS

NAMES = st.from_regex(re.compile(NAME_PATTERN), fullmatch=True).filter(
    lambda name: len(name) <= 20 and name not in RESERVED_TENANTS
)
PARTS = ("a", "b", "-", "--", "/", ":", "X", "*", "?", "-X", "terrace--")
MINES = st.lists(st.sampled_from([*PARTS, MINE]), max_size=6).map("".join)
THEIR = st.lists(st.sampled_from([*PARTS, THEIRS]), max_size=6).map("".join)
TEXTS = st.text("ab-/:X", max_size=8)
PATTERNS = st.text("ab-/*?", max_size=7)


def matches(pattern: str, text: str) -> bool:
    return fnmatch.fnmatchcase(text, pattern)


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


@given(NAMES, NAMES)
def test_a_name_is_found_only_where_it_stands_for_itself(one: str, other: str) -> None:
    assume(one != other)
    text = f"arn:aws:s3:::terrace--{other}--data/{other}/x"
    assert named(text, one, MINE) == text
    assert named(text, other, MINE) == f"arn:aws:s3:::terrace--{MINE}--data/{other}/x"
