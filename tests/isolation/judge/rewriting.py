"""How a statement, a reference or a text becomes another one, by chance."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from .attacks import Target

Statement = dict[str, Any]
Neighbours = Mapping[str, Target]  # by the logical id of the counterpart
# None: it cannot be done to this statement. No statement: it is taken away.
Rewrite = Callable[[Statement, "Chance"], "Statement | None"]
_ADDED = ("IfExists", "ForAllValues:")


class Chance:
    """Random choices, with what stands in the neighbour's stack."""

    def __init__(self, random: Random, name: str, neighbour: str, neighbours: Neighbours) -> None:
        self.random, self.neighbours = random, neighbours
        self._name, self._neighbour = re.compile(rf"(?<![a-z]){name}(?![a-z-]*[a-z])"), neighbour
        self._bound = re.compile(rf"(?<![a-z]){name}(--|/)[^:/\"]*")

    def reference(self, value: Any) -> Any:
        """The neighbour's counterpart of a reference or a text; None where there is none."""
        match value:
            case {"Ref": str(name)}:
                target = self.neighbours.get(name)
                return target.id if target else None
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                target = self.neighbours.get(name)
                return target.arn if target and attribute.endswith("Arn") else None
            case str():
                return self._other_text(value)
        return None

    def _other_text(self, text: str) -> str | None:
        other = self.random.choice(
            (
                self._name.sub(self._neighbour, text),
                self._bound.sub(f"{self._name_of(text)}*", text),
                self._bound.sub(self._name_of(text), text),
                self._name.sub("*", text),
            )
        )
        return None if other == text else other

    def _name_of(self, text: str) -> str:
        match = self._name.search(text)
        return match[0] if match else ""

    def role(self) -> str:
        """The ARN of one of the neighbour's roles."""
        roles = [one.arn for one in self.neighbours.values() if one.type == "AWS::IAM::Role"]
        return self.random.choice(roles)


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every text and reference inside of a value, as what holds it and the place there."""
    places = value.items() if isinstance(value, dict) else enumerate(value)
    for place, part in list(places):
        if isinstance(part, str) or (isinstance(part, dict) and {"Ref", "Fn::GetAtt"} & set(part)):
            yield value, place
        elif isinstance(part, dict | list):
            yield from leaves(part)


def replace_leaf(value: Any, chance: Chance) -> bool:
    """Puts the neighbour's counterpart in the place of one text or reference, if there is any."""
    places = list(leaves(value))
    chance.random.shuffle(places)
    for holder, place in places:
        other = chance.reference(holder[place])
        if other is not None:
            holder[place] = other
            return True
    return False


def _of_neighbour(key: str) -> Rewrite:
    def rewrite(statement: Statement, chance: Chance) -> Statement | None:
        if key not in statement:
            return None
        held = {key: copy.deepcopy(statement[key])}
        return {**statement, **held} if replace_leaf(held, chance) else None

    return rewrite


def _without_condition(statement: Statement, chance: Chance) -> Statement | None:
    if "Condition" not in statement:
        return None
    return {key: value for key, value in statement.items() if key != "Condition"}


def _without_key(statement: Statement, chance: Chance) -> Statement | None:
    keys = [(op, key) for op, block in statement.get("Condition", {}).items() for key in block]
    if len(keys) < 2:
        return None
    condition = copy.deepcopy(statement["Condition"])
    operator, key = chance.random.choice(keys)
    del condition[operator][key]
    return {**statement, "Condition": {op: block for op, block in condition.items() if block}}


def _other_operator(statement: Statement, chance: Chance) -> Statement | None:
    condition = dict(statement.get("Condition", {}))
    if not condition:
        return None
    operator = chance.random.choice(list(condition))
    block = condition.pop(operator)
    kind = re.match(r"[A-Z][a-z]+", operator)
    others = [f"{operator}IfExists", f"ForAllValues:{operator}"]
    if kind and kind[0] in ("String", "Arn"):
        others += [f"{kind[0]}NotEquals", f"{kind[0]}NotLike"]
    other = chance.random.choice(others)
    return {**statement, "Condition": {**condition, other: block}}


def _any_value(statement: Statement, chance: Chance) -> Statement | None:
    condition = copy.deepcopy(statement.get("Condition", {}))
    operators = [one for one in condition if one.startswith(("String", "Arn"))]
    if not operators:
        return None
    operator = chance.random.choice(operators)
    block = condition.pop(operator)
    block[chance.random.choice(list(block))] = chance.random.choice(("*", "arn:*", "*m*"))
    kind = "Arn" if operator.startswith("Arn") else "String"
    return {**statement, "Condition": {**condition, f"{kind}Like": block}}


def _any_resource(statement: Statement, chance: Chance) -> Statement | None:
    if statement.get("Resource", "*") == "*":
        return None
    return {**statement, "Resource": "*"}


def _renamed_key(old: str, new: str) -> Rewrite:
    def rewrite(statement: Statement, chance: Chance) -> Statement | None:
        if old not in statement or statement[old] == "*":
            return None
        return {new if key == old else key: value for key, value in statement.items()}

    return rewrite


def _every_action(statement: Statement, chance: Chance) -> Statement | None:
    action = statement.get("Action")
    first = action[0] if isinstance(action, list) else str(action)
    service = first.partition(":")[0]
    return {**statement, "Action": chance.random.choice((f"{service}:*", f"{service}:*", "*"))}


def _other_effect(statement: Statement, chance: Chance) -> Statement | None:
    # The other way round, as what is taken away below, it could only take rights.
    return {**statement, "Effect": "Allow"} if statement["Effect"] == "Deny" else None


def _taken_away(statement: Statement, chance: Chance) -> Statement | None:
    return {} if statement["Effect"] == "Deny" else None


def _other_principal(statement: Statement, chance: Chance) -> Statement | None:
    if "Principal" not in statement:
        return None
    role = chance.role()
    account = role.split(":")[4]
    principals: tuple[Any, ...] = (
        "*",
        {"AWS": "*"},
        {"AWS": role},
        {"AWS": role},
        {"AWS": f"arn:aws:iam::{account}:root"},
        {"Service": "events.amazonaws.com"},
        {"Service": "lambda.amazonaws.com"},
    )
    return {**statement, "Principal": chance.random.choice(principals)}


REWRITES: Mapping[str, Rewrite] = {
    "condition dropped": _without_condition,
    "key of a condition dropped": _without_key,
    "another operator": _other_operator,
    "a wildcard as value": _any_value,
    "a condition of the neighbour's": _of_neighbour("Condition"),
    "all resources": _any_resource,
    "the neighbour's resource or a wider name": _of_neighbour("Resource"),
    "all but the resource": _renamed_key("Resource", "NotResource"),
    "all actions of the service, or all": _every_action,
    "all but the action": _renamed_key("Action", "NotAction"),
    "the other effect": _other_effect,
    "statement taken away": _taken_away,
    "another principal": _other_principal,
}
