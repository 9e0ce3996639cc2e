"""Lambda's aliases: traffic shared by weights, and stacks that let somebody else move an alias."""

import random
from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation, lambda_svc
from ministack.services.cloudformation import provisioners

from localcloud.hooks.cloudformation import run_on_own_thread

Properties = dict[str, Any]
_KIND = "AWS::Lambda::Alias"
# (the alias's policy, old properties, new properties), done when the alias has moved
Move = Callable[[Properties, Properties, Properties], None]


def share_by_weights() -> None:
    """Lets an alias with weights answer by one of its two versions, as they say."""
    by_reference = lambda_svc._get_func_record_for_ref
    run = lambda_svc._execute_function_dispatch

    def named_as_asked(reference: str) -> Any:
        record, config, name = by_reference(reference)
        if config and isinstance(reference, str) and reference.count(":") > 6:
            # As the caller asked for it, so that the weights of an alias count here too.
            config = dict(config) | {"FunctionArn": reference}
        return record, config, name

    def run_by_weight(func: Any, config: Properties, *more: Any) -> Any:
        chosen = _chosen(config.get("FunctionArn", ""))
        if chosen is None:
            return run(func, config, *more)
        own = dict(chosen["config"]) | {"FunctionArn": config["FunctionArn"]}
        return run(dict(chosen) | {"config": own}, own, *more)

    lambda_svc._get_func_record_for_ref = named_as_asked
    lambda_svc._execute_function_dispatch = run_by_weight


def _chosen(arn: str) -> Any:
    """The version beside an alias's own, where the alias has one and chance picks it."""
    name, _, qualifier = arn.partition(":function:")[2].partition(":")
    func = lambda_svc._functions.get(name) if qualifier else None
    alias = (func or {}).get("aliases", {}).get(qualifier) or {}
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    for version, weight in weights.items():
        if func and random.random() < weight:  # noqa: S311  # sharing is no secret
            return func["versions"].get(version)
    return None


def move_with(move: Move) -> None:
    """Lets `move` do what an alias's `CodeDeployLambdaAliasUpdate` asks for.

    It is called on a thread of its own, so it may take its time and call any AWS API.
    """
    handlers = provisioners._RESOURCE_HANDLERS[_KIND]
    update = handlers["update"]

    def moved(physical_id: str, old: Properties, new: Properties, stack: str,
              logical_id: str) -> Any:  # fmt: skip
        policy = _policy(stack, logical_id)
        if policy and old.get("FunctionVersion") != new.get("FunctionVersion"):
            move(policy, old, new)
        return update(physical_id, old, new, stack, logical_id)

    handlers |= {"update": moved, "update_with_logical_id": True}
    run_on_own_thread(_KIND)


def _policy(stack: str, logical_id: str) -> Properties | None:
    """The alias's update policy, with names in the place of references."""
    found = provisioners._cfn_wait_condition_definition(stack, logical_id)
    policy = (found.get("UpdatePolicy") or {}).get("CodeDeployLambdaAliasUpdate")
    if not policy:
        return None
    made = cloudformation._stacks[stack]["_resources"]
    return {
        key: made[value["Ref"]]["PhysicalResourceId"] if isinstance(value, dict) else value
        for key, value in policy.items()
    }
