"""Puts events and figures as AWS's own services do."""

import json
from collections.abc import Sequence
from typing import Any

from ministack.services import eventbridge


def put_aws_event(
    source: str, detail_type: str, detail: dict[str, Any], resources: Sequence[str]
) -> None:
    """Puts an event of an AWS service (`aws.…`) on the default bus."""
    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Detail": json.dumps(detail, default=str),
        "Resources": list(resources),
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def rule_names(bus: str) -> set[str]:
    """The names of the rules of an event bus."""
    return {rule["Name"] for rule in eventbridge._rules.values() if rule["EventBusName"] == bus}


def bus_policy(bus: str) -> dict[str, Any]:
    """The resource policy of an event bus; empty where it has none."""
    return dict(eventbridge._event_bus_policies.get(bus) or {})


def target_ids(bus: str, rule: str) -> set[str]:
    """The ids of a rule's targets."""
    return {one["Id"] for one in eventbridge._targets.get(eventbridge._rule_key(rule, bus)) or ()}
