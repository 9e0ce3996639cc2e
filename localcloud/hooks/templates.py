"""Templates before anything is created: what of their properties is known by then."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import engine, stacks

Properties = dict[str, Any]
# (resource type, properties) -> path and message of each thing that is wrong
Judge = Callable[[str, Properties], Sequence[tuple[str, str]]]
_DYNAMIC = "{{resolve:"


@dataclass(frozen=True, kw_only=True)
class _Scope:
    """What a template's references resolve to."""

    resources: frozenset[str]
    params: Any
    conditions: Any
    mappings: Any
    stack_name: str
    stack_id: str
    unknown: Any

    def resolve(self, value: Any) -> Any:
        """A value, with `unknown` in the place of what is known only once other resources exist."""
        if isinstance(value, list):
            items = [self.resolve(item) for item in value]
            return [item for item in items if item is not engine._NO_VALUE]
        if isinstance(value, str):
            return self.unknown if _DYNAMIC in value else value
        if not isinstance(value, dict):
            return value
        if "Fn::If" in value:
            condition, then, otherwise = value["Fn::If"]
            return self.resolve(then if self.conditions.get(condition) else otherwise)
        if any(key == "Ref" or key.startswith("Fn::") for key in value):
            return self._intrinsic(value)
        known = {name: self.resolve(member) for name, member in value.items()}
        return {name: member for name, member in known.items() if member is not engine._NO_VALUE}

    def _intrinsic(self, value: Properties) -> Any:
        if any(name in self.resources for name, _ in engine._intrinsic_references(value)):
            return self.unknown
        try:
            found = engine._resolve_refs(
                copy.deepcopy(value), {}, self.params, self.conditions, self.mappings,
                self.stack_name, self.stack_id,
            )  # fmt: skip
        except (ValueError, KeyError, TypeError):
            return self.unknown  # The deployment says what is wrong.
        return self.unknown if _DYNAMIC in str(found) else found


def judge_templates_with(judge: Judge, unknown: Any) -> None:
    """Lets `judge` refuse resources of a template before anything is created.

    What it refuses is reported in an event of each resource, and the stack fails.
    """
    known_errors = stacks._validation_errors

    def errors(definitions: Any, ordered: Sequence[str], params: Any, conditions: Any,
               mappings: Any, stack_name: str, stack_id: str, *more: Any) -> Any:  # fmt: skip
        found = known_errors(
            definitions, ordered, params, conditions, mappings, stack_name, stack_id, *more
        )
        scope = _Scope(
            resources=frozenset(definitions), params=params, conditions=conditions,
            mappings=mappings, stack_name=stack_name, stack_id=stack_id, unknown=unknown,
        )  # fmt: skip
        return [*found, *_refused(definitions, ordered, scope, judge)]

    stacks._validation_errors = errors


def _refused(
    definitions: Any, ordered: Sequence[str], scope: _Scope, judge: Judge
) -> Iterator[tuple[str, ...]]:
    """As MiniStack has its own: logical id, type, kind of error, path, and message."""
    for logical_id, kind, properties in _resources(definitions, ordered, scope):
        wrong = judge(kind, properties)
        if wrong:
            _add_event(scope, logical_id, kind, [message for _, message in wrong])
        for path, message in wrong:
            place = f"/Resources/{logical_id}/Properties{path}"
            yield logical_id, kind, "PROPERTY_VALIDATION", place, message


def _resources(
    definitions: Any, ordered: Sequence[str], scope: _Scope
) -> Iterator[tuple[str, str, Properties]]:
    for logical_id in ordered:
        definition = definitions[logical_id]
        condition = definition.get("Condition")
        if not condition or scope.conditions.get(condition, True):
            properties = scope.resolve(definition.get("Properties") or {})
            yield logical_id, definition.get("Type", ""), properties


def _add_event(scope: _Scope, logical_id: str, kind: str, messages: Sequence[str]) -> None:
    status = str(cloudformation._stacks[scope.stack_name]["StackStatus"]).partition("_")[0]
    stacks._add_event(
        scope.stack_id, scope.stack_name, logical_id, kind, f"{status}_FAILED",
        properties_refusal(logical_id, messages),
    )  # fmt: skip


def properties_refusal(logical_id: str, messages: Sequence[str]) -> str:
    """CloudFormation's sentence about a resource with properties that its schema refuses."""
    return f"Properties validation failed for resource {logical_id} with message:\n" + "\n".join(
        messages
    )
