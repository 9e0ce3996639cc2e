"""Mutated rules: whether the neighbour's events match, and whether its resources are called."""

import json
from collections.abc import Iterator
from typing import Any

from .deployment import ATTACKER, NEIGHBOUR, Deployment
from .deputies import is_event_taken
from .mutations import Mutation

RULE = "AWS::Events::Rule"
_TERRACES = [
    {
        "source": "terrace",
        "detail-type": kind,
        "detail": {"model": "tool-wear", "outcome": "failed"},
    }
    for kind in ("MonitorFailed", "RolloutFinished", "TrainingFailed", "VersionRegistered")
]
# As AWS sends them to the bus that all tenants share.
_SHARED: list[dict[str, Any]] = [
    {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "detail": {
            "ModelPackageGroupName": f"{NEIGHBOUR}--tool-wear",
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": "Approved",
        },
    },
    {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {"alarmName": f"{NEIGHBOUR}--tool-wear--errors", "state": {"value": "ALARM"}},
    },
]


def crossed(deployment: Deployment, mutation: Mutation) -> Iterator[str]:
    """What a mutated rule hears of the neighbour, and calls of the neighbour."""
    if mutation.resource["Type"] != RULE:
        return
    events = deployment.stage.client("events")
    bus = _bus(deployment, mutation)
    rule = events.describe_rule(
        Name=deployment.name(mutation.stack, mutation.logical_id), EventBusName=bus or "default"
    )
    for event in _heard(bus):
        whole = {"id": "1", "account": "0", "time": "2026-01-01T00:00:00Z", "region": "us-east-1",
                 "resources": [], "version": "0", **event}  # fmt: skip
        matched = events.test_event_pattern(
            EventPattern=rule["EventPattern"], Event=json.dumps(whole)
        )
        if matched["Result"]:
            yield f"the rule hears {event['detail-type']} of {NEIGHBOUR}"
    listed = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus or "default")
    arns = {one["Arn"]: one.get("RoleArn") for one in listed["Targets"]}
    for target in deployment.of(NEIGHBOUR):
        if target.arn in arns and is_event_taken(
            deployment.stage.client, target, ATTACKER, arns[target.arn]
        ):
            yield f"the rule calls {target.arn}"


def _bus(deployment: Deployment, mutation: Mutation) -> str:
    match mutation.resource["Properties"].get("EventBusName", ""):
        case {"Ref": str(name)}:
            return deployment.targets[mutation.stack][name].id
        case name:
            return str(name)


def _heard(bus: str) -> list[dict[str, Any]]:
    """The neighbour's events on a bus."""
    if not bus:
        return _SHARED
    return _TERRACES if bus.endswith(f"terrace--{NEIGHBOUR}") else []
