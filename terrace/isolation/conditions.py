"""Conditions, in three values: one may hold, may not hold, or both, as far as is known.

By AWS's tables for a key that is absent, for one with several values, for negated operators, for
`IfExists`, `Null`, `ForAllValues` and `ForAnyValue`
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
and reference_policies_condition-single-vs-multi-valued-context-keys.html).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from terrace.isolation import globs

# Wildcards where they stand for themselves.
_AS_TEXT = str.maketrans({"*": "\ue0f0", "?": "\ue0f1"})


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One operator on one key.

    Attributes:
        operator: Without `IfExists` and the set operator, in lower case.
        key: In lower case.
        values: Of which one is enough (with a negated operator: none may match).
        if_exists: Holds where the key is absent.
        of_all: `ForAllValues`, which holds where the key is absent.
        of_any: `ForAnyValue`.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    if_exists: bool = False
    of_all: bool = False
    of_any: bool = False

    @property
    def demands_presence(self) -> bool:
        """Whether it fails where the key is absent, by an operator that is neither negated."""
        return (
            self.operator in _MATCHES and not self.if_exists and not self.of_all and not self.of_any
        )


@dataclass(frozen=True, kw_only=True)
class Key:
    """What is known of a key of a request.

    Attributes:
        values: Patterns; the key has one of these as its value. None: any value.
        is_present: Whether the request has it; None: nobody knows.
        has_all: It has exactly these values, all at once.
    """

    values: tuple[str, ...] | None = None
    is_present: bool | None = None
    has_all: bool = False


OPEN, ABSENT = Key(), Key(values=(), is_present=False)


@dataclass(frozen=True, kw_only=True)
class Context:
    """The keys of a request, by lower-case name; what is known of all others."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    others: Key = OPEN

    def key(self, name: str) -> Key:
        """What is known of a key."""
        return self.keys.get(name, self.others)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether something may hold, and whether it surely does."""

    may: bool
    surely: bool


YES, NO = Verdict(may=True, surely=True), Verdict(may=False, surely=False)
PERHAPS = Verdict(may=True, surely=False)


def as_text(value: str) -> str:
    """A text whose wildcards stand for themselves."""
    return value.translate(_AS_TEXT)


def conditions_of(block: Any) -> tuple[Condition, ...]:
    """The conditions of a policy's `Condition`, whose intrinsic functions are resolved."""
    if not isinstance(block, Mapping):
        return (_UNREADABLE,)
    return tuple(
        _condition(str(operator), str(key), value)
        for operator, keys in block.items()
        for key, value in (keys.items() if isinstance(keys, Mapping) else [("", None)])
    )


def judged(conditions: tuple[Condition, ...], context: Context) -> Verdict:
    """What becomes of all conditions together."""
    return _every(_judged(condition, context.key(condition.key)) for condition in conditions)


def _condition(operator: str, key: str, value: Any) -> Condition:
    name = operator.lower()
    quantifier, _, name = name.rpartition(":")
    return Condition(
        operator=name.removesuffix("ifexists"),
        key=key.lower(),
        values=tuple(map(_text, value if isinstance(value, list | tuple) else [value])),
        if_exists=name.endswith("ifexists"),
        of_all=quantifier == "forallvalues",
        of_any=quantifier == "foranyvalue",
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _judged(condition: Condition, key: Key) -> Verdict:
    if condition.operator not in _KNOWN:
        return PERHAPS
    absent, present = _when_absent(condition), _when_present(condition, key)
    if key.is_present is None:
        return Verdict(may=absent.may or present.may, surely=absent.surely and present.surely)
    return present if key.is_present else absent


def _when_absent(condition: Condition) -> Verdict:
    if condition.operator == "null":
        return _null(condition, "true")
    if condition.if_exists or condition.of_all:
        return YES
    return YES if condition.operator in _NEGATED and not condition.of_any else NO


def _null(condition: Condition, wanted: str) -> Verdict:
    values = [value.lower() for value in condition.values]
    if wanted in values:
        return YES
    return NO if set(values) <= {"true", "false"} else PERHAPS


def _when_present(condition: Condition, key: Key) -> Verdict:
    if condition.operator == "null":
        return _null(condition, "false")
    matches = _MATCHES.get(_NEGATED.get(condition.operator, condition.operator))
    if matches is None or key.values is None:
        return PERHAPS
    each = [_one(condition, matches, value) for value in key.values]
    if key.has_all:
        if condition.of_all:
            return _every(each)
        if condition.of_any:
            return _some(each)
        return each[0] if len(each) == 1 else PERHAPS
    return Verdict(may=any(v.may for v in each), surely=all(v.surely for v in each))


def _one(condition: Condition, matches: "Matches", value: str) -> Verdict:
    """One value of the request against all those of the policy."""
    verdict = _some(matches(pattern, value) for pattern in condition.values)
    if condition.operator in _NEGATED:
        return Verdict(may=not verdict.surely, surely=not verdict.may)
    return verdict


def _every(verdicts: Iterable[Verdict]) -> Verdict:
    each = list(verdicts)
    return Verdict(may=all(v.may for v in each), surely=all(v.surely for v in each))


def _some(verdicts: Iterable[Verdict]) -> Verdict:
    each = list(verdicts)
    return Verdict(may=any(v.may for v in each), surely=any(v.surely for v in each))


Matches = Callable[[str, str], Verdict]


def _like(pattern: str, value: str) -> Verdict:
    if "${" in pattern:  # a policy variable
        return PERHAPS
    return Verdict(may=globs.meet(pattern, value), surely=globs.covers(pattern, value))


def _equal(text: str, value: str) -> Verdict:
    return _like(as_text(text), value)


def _equal_in_any_case(text: str, value: str) -> Verdict:
    return _equal(text.lower(), value.lower())


def _arn_like(pattern: str, value: str) -> Verdict:
    """Part by part: in the first five a wildcard does not reach behind the colon."""
    mine, its = pattern.split(":", 5), value.split(":", 5)
    if len(mine) != 6 or len(its) != 6:
        return Verdict(may=_like(pattern, value).may, surely=False)
    return _every(map(_like, mine, its))


_MATCHES: Mapping[str, Matches] = {
    "stringequals": _equal,
    "stringequalsignorecase": _equal_in_any_case,
    "stringlike": _like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "bool": _equal_in_any_case,
}
# The last three compare what is not compared here: whether they match is not known.
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnlike",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}
_NOT_COMPARED = frozenset(
    f"{kind}{comparison}"
    for kind in ("numeric", "date")
    for comparison in ("equals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
) | {"ipaddress", "binaryequals"}
_KNOWN = frozenset((*_MATCHES, *_NEGATED, *_NOT_COMPARED, "null"))
_UNREADABLE = Condition(operator="unreadable", key="", values=())
