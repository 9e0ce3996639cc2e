"""EventBridge's quotas: how long a pattern may be, how many rules a bus and targets a rule has."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.hooks import events
from localcloud.limits.exceeded import Check, Exceeded, Parameters

_PATTERN = 2048  # characters
_RULES = 300  # a bus
_TARGETS = 5  # a rule
_CODE = "LimitExceededException"


def _put_rule(parameters: Parameters) -> None:
    pattern = parameters.get("EventPattern") or ""
    text = pattern if isinstance(pattern, str) else json.dumps(pattern, separators=(",", ":"))
    if len(text) > _PATTERN:
        raise Exceeded(_CODE, f"Event pattern has {len(text)} characters; at most {_PATTERN}")
    bus = _bus(parameters)
    names = events.rule_names(bus) | {str(parameters.get("Name", ""))}
    if len(names) > _RULES:
        raise Exceeded(_CODE, f"Event bus {bus} would have {len(names)} rules; at most {_RULES}")


def _put_targets(parameters: Parameters) -> None:
    rule = str(parameters.get("Rule", ""))
    _check_targets(
        rule, events.target_ids(_bus(parameters), rule) | _ids(parameters.get("Targets"))
    )


def _rule_of_stack(parameters: Parameters) -> None:
    _put_rule(parameters)
    _check_targets(str(parameters.get("Name", "")), _ids(parameters.get("Targets")))


def _check_targets(rule: str, ids: set[str]) -> None:
    if len(ids) > _TARGETS:
        raise Exceeded(_CODE, f"Rule {rule} would have {len(ids)} targets; at most {_TARGETS}")


def _ids(targets: Any) -> set[str]:
    return {str(target.get("Id", "")) for target in targets or ()}


def _bus(parameters: Parameters) -> str:
    return str(parameters.get("EventBusName") or "default").rpartition("/")[2]


OPERATIONS: Mapping[tuple[str, str], Sequence[Check]] = {
    ("events", "PutRule"): [_put_rule],
    ("events", "PutTargets"): [_put_targets],
}
TYPES: Mapping[str, Sequence[Check]] = {"AWS::Events::Rule": [_rule_of_stack]}
