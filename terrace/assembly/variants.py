"""The ways in which a template's parameters and conditions may turn out for one of its resources.

Only what a resource mentions is varied, so a resource without conditions has one variant. Where
there would be too many, nothing is assumed, and what depends on a condition is unknown.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from terrace.assembly.parameters import alternatives
from terrace.assembly.symbols import UNKNOWN

_MOST = 64


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way: what each parameter holds, and which conditions are true."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)


def variants(template: Mapping[str, Any], resource: Mapping[str, Any]) -> Iterator[Variant]:
    """The ways in which a resource is there, each with all that it mentions decided."""
    known = template.get("Conditions", {})
    conditions = _closure(known, {*_mentioned(resource, "Fn::If"), resource.get("Condition")})
    about = [resource, *(known[name] for name in conditions if name in known)]
    declared = template.get("Parameters", {})
    parameters = sorted({name for name in _references(about) if name in declared})
    choices = [_choices(declared[name]) for name in parameters]
    size = len(list(itertools.islice(itertools.product(*choices), _MOST + 1)))
    if size * 2 ** len(conditions) > _MOST:
        yield Variant()
        return
    for values in itertools.product(*choices):
        held = dict(zip(parameters, values, strict=True))
        for truths in _truths(known, sorted(conditions), held):
            if truths.get(str(resource.get("Condition")), True):
                yield Variant(parameters=held, conditions=truths)


def _choices(parameter: Any) -> tuple[str, ...]:
    is_text = isinstance(parameter, Mapping) and parameter.get("Type") == "String"
    return alternatives(parameter) if is_text else (UNKNOWN,)


def _truths(
    known: Mapping[str, Any], names: list[str], held: Mapping[str, str]
) -> Iterator[dict[str, bool]]:
    """Each way in which conditions can turn out that parameters do not rule out."""
    decided = {name: _truth(known, {"Condition": name}, held) for name in names}
    open_ones = [name for name in names if decided[name] is None]
    for ways in itertools.product((True, False), repeat=len(open_ones)):
        chosen = dict(zip(open_ones, ways, strict=True))
        yield {name: chosen.get(name, bool(decided[name])) for name in names}


def _truth(known: Mapping[str, Any], expression: Any, held: Mapping[str, str]) -> bool | None:
    """Three-valued: None where a condition may be true or false."""
    if not isinstance(expression, Mapping) or len(expression) != 1:
        return None
    ((function, argument),) = expression.items()
    if function == "Condition":
        return _truth(known, known.get(argument), held)
    if function == "Fn::Equals":
        return _equal(*(_value(one, held) for one in argument))
    if function not in ("Fn::Not", "Fn::And", "Fn::Or"):
        return None
    parts = [_truth(known, one, held) for one in argument]
    if function == "Fn::Not":
        return None if parts[0] is None else not parts[0]
    decisive = bool(function == "Fn::Or")
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _value(argument: Any, held: Mapping[str, str]) -> str:
    if isinstance(argument, str):
        return argument
    if isinstance(argument, Mapping) and list(argument) == ["Ref"]:
        return held.get(argument["Ref"], UNKNOWN)
    return UNKNOWN


def _equal(one: str, other: str) -> bool | None:
    if one.isascii() and other.isascii():
        return one == other
    for a, b in zip(one, other, strict=False):
        if not (a.isascii() and b.isascii()):
            return None
        if a != b:
            return False
    return None


def _closure(known: Mapping[str, Any], names: set[Any]) -> set[str]:
    """Conditions, and those that they are made of."""
    reached: set[str] = set()
    waiting = [name for name in names if isinstance(name, str)]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _mentioned(known.get(name), "Condition")
    return reached


def _mentioned(value: Any, function: str) -> Iterator[str]:
    """The conditions that a value names, by `Fn::If` or by `Condition`."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key == function:
                name = part[0] if isinstance(part, list) and part else part
                if isinstance(name, str):
                    yield name
            yield from _mentioned(part, function)
    elif isinstance(value, list):
        for part in value:
            yield from _mentioned(part, function)


def _references(value: Any) -> Iterator[str]:
    """The names of all `Ref`s, and of what `Fn::Sub` puts in."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key == "Ref" and isinstance(part, str):
                yield part
            elif key == "Fn::Sub":
                text = part[0] if isinstance(part, list) and part else part
                yield from str(text).replace("}", "${").split("${")[1::2]
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)
