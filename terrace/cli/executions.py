"""Executions of a tenant's state machines, started from the command line."""

import json
from collections.abc import Mapping
from typing import Any

import boto3


def started(state_machine: str, given: Mapping[str, Any]) -> str:
    """Starts a state machine of this account by its name; the execution's ARN."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    states = boto3.client("stepfunctions")
    arn = f"arn:aws:states:{states.meta.region_name}:{account}:stateMachine:{state_machine}"
    return str(states.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"])
