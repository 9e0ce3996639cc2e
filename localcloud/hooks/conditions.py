"""CloudFormation's conditions may join texts; MiniStack compares the join itself."""

from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

_evaluate = engine._evaluate_conditions


def install() -> None:
    """Joins before conditions are evaluated."""
    for module in (changesets, engine, handlers, provisioners, stacks):
        if hasattr(module, "_evaluate_conditions"):
            module._evaluate_conditions = evaluate


def evaluate(template: dict[str, Any], parameters: dict[str, Any]) -> Any:
    """The value of every condition of a template."""
    conditions = _joined(template.get("Conditions", {}), parameters)
    return _evaluate(template | {"Conditions": conditions}, parameters)


def _joined(expression: Any, parameters: dict[str, Any]) -> Any:
    if isinstance(expression, list):
        return [_joined(item, parameters) for item in expression]
    if not isinstance(expression, dict):
        return expression
    if "Fn::Join" in expression:
        separator, items = expression["Fn::Join"]
        if isinstance(items, dict):
            value = _value(items, parameters)
            return separator.join(value.split(",") if isinstance(value, str) else value)
        return separator.join(str(_value(item, parameters)) for item in items)
    return {key: _joined(value, parameters) for key, value in expression.items()}


def _value(item: Any, parameters: dict[str, Any]) -> Any:
    if isinstance(item, dict) and item.get("Ref") in parameters:
        return parameters[item["Ref"]]["Value"]
    return _joined(item, parameters)
