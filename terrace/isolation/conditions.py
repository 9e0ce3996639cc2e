"""Conditions, in three values: one may hold, may not hold, or both, as far as is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terrace.isolation import globs

_WILD = frozenset("*?")

Context = Mapping[str, tuple[str, ...]]  # what is known of a request, by lower-case key


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


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether conditions may hold, and whether they surely do."""

    may: bool
    surely: bool


def conditions_of(block: Mapping[str, Any]) -> tuple[Condition, ...]:
    """The conditions of a policy's `Condition`, whose intrinsic functions are resolved."""
    return tuple(
        _condition(operator, key, value)
        for operator, keys in block.items()
        for key, value in keys.items()
    )


def judged(conditions: tuple[Condition, ...], context: Context, known: bool) -> Verdict:
    """What becomes of all conditions together.

    Args:
        context: The keys that are known. Each has the patterns of which its value is one.
        known: Whether a key that is not in the context is absent, rather than not known.
    """
    verdicts = [_judged(condition, context, known) for condition in conditions]
    return Verdict(
        may=all(verdict.may for verdict in verdicts),
        surely=all(verdict.surely for verdict in verdicts),
    )


def _condition(operator: str, key: str, value: Any) -> Condition:
    name = operator.lower()
    of_all, of_any = name.startswith("forallvalues:"), name.startswith("foranyvalue:")
    name = name.rpartition(":")[2]
    return Condition(
        operator=name.removesuffix("ifexists"),
        key=key.lower(),
        values=tuple(map(_text, value if isinstance(value, list | tuple) else [value])),
        if_exists=name.endswith("ifexists"),
        of_all=of_all,
        of_any=of_any,
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _judged(condition: Condition, context: Context, known: bool) -> Verdict:
    given = context.get(condition.key)
    if not known and (given is None or condition.if_exists):
        return Verdict(may=True, surely=False)
    if condition.operator == "null":
        absent = given is None
        holds = absent == (condition.values[0].lower() == "true")
        return Verdict(may=holds, surely=holds)
    negated = _NEGATED.get(condition.operator)
    if given is None:
        holds = condition.if_exists or condition.of_all or (bool(negated) and not condition.of_any)
        return Verdict(may=holds, surely=holds)
    matches = _MATCHES.get(negated or condition.operator)
    if matches is None:  # dates, numbers, addresses: nobody here knows
        return Verdict(may=True, surely=False)
    return _of_values(condition, given, matches, bool(negated))


def _of_values(
    condition: Condition, given: tuple[str, ...], matches: "Matches", negated: bool
) -> Verdict:
    each = [_any([matches(value, one) for value in condition.values]) for one in given]
    if negated:
        each = [Verdict(may=not one.surely, surely=not one.may) for one in each]
    if condition.of_all or (negated and not condition.of_any):
        return Verdict(may=all(o.may for o in each), surely=all(o.surely for o in each))
    # The known patterns are what the value may be one of, so all must match to be sure.
    return Verdict(
        may=any(one.may for one in each),
        surely=any(o.surely for o in each) if condition.of_any else all(o.surely for o in each),
    )


def _any(verdicts: list[Verdict]) -> Verdict:
    return Verdict(may=any(v.may for v in verdicts), surely=any(v.surely for v in verdicts))


Matches = Callable[[str, str], Verdict]


def _like(pattern: str, value: str) -> Verdict:
    if "${" in pattern:  # a policy variable
        return Verdict(may=True, surely=False)
    return Verdict(may=globs.meet(pattern, value), surely=globs.covers(pattern, value))


def _equal(pattern: str, value: str) -> Verdict:
    """As texts: a wildcard of the policy's stands for itself, one of the value's for anything."""
    if "${" in pattern or _WILD & set(value):
        wild = "${" in pattern or bool(_WILD & set(pattern))
        return Verdict(may=wild or globs.meet(pattern, value), surely=False)
    same = pattern == value
    return Verdict(
        may=same or (not _WILD & set(pattern) and globs.meet(pattern, value)), surely=same
    )


def _equal_in_any_case(pattern: str, value: str) -> Verdict:
    return _equal(pattern.lower(), value.lower())


_MATCHES: Mapping[str, Matches] = {
    "stringequals": _equal,
    "stringequalsignorecase": _equal_in_any_case,
    "stringlike": _like,
    "arnequals": _like,
    "arnlike": _like,
    "bool": _equal_in_any_case,
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnlike",
    "arnnotlike": "arnlike",
}
