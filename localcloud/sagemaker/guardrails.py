"""Deployment guardrails: how an update moves the traffic to the new fleet, and its limits.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.errors import LocalCloudError
from localcloud.sagemaker.errors import invalid

Record = dict[str, Any]
_LONGEST_SECONDS = 28_800  # of a deployment that names no limit
_SIZES = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
_MOST = 0.5  # of the instances, in the canary or in a step
_FEWEST = 2
_LEAST_STEP = 0.1


class TookTooLong(LocalCloudError):
    """A deployment did not end within its limit."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """The new fleet's share of the traffic, and for how many of the cloud's seconds."""

    share: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Guardrails:
    """What an update was told about its deployment.

    Attributes:
        steps: In their order; the last has all of the traffic.
        alarms: The names of the alarms that undo it.
        limit_seconds: Of the cloud's time, for the whole deployment.
    """

    steps: Sequence[Step]
    alarms: Sequence[str]
    limit_seconds: float

    @classmethod
    def of(cls, deployment: Record, instances: int) -> "Guardrails":
        """The guardrails of a `DeploymentConfig`.

        Args:
            deployment: As UpdateEndpoint takes it; empty for an update without guardrails.
            instances: How many the smallest production variant has.

        Raises:
            SageMakerError: SageMaker refuses it.
        """
        policy = deployment.get("BlueGreenUpdatePolicy", {})
        alarms = deployment.get("AutoRollbackConfiguration", {}).get("Alarms", [])
        steps = tuple(_steps(policy, instances))
        limit = policy.get("MaximumExecutionTimeoutInSeconds", _LONGEST_SECONDS)
        waits = sum(step.seconds for step in steps)
        if waits >= limit:
            raise invalid(
                f"MaximumExecutionTimeoutInSeconds {limit} must be larger than the total waiting "
                f"time, {waits:.0f} s, of WaitIntervalInSeconds and TerminationWaitInSeconds."
            )
        return cls(
            steps=steps, alarms=[one["AlarmName"] for one in alarms], limit_seconds=float(limit)
        )

    def check_time(self, elapsed: float) -> None:
        """Checks that a deployment may go on.

        Args:
            elapsed: The cloud's seconds that it has waited and will wait next, and the seconds
                that starting its servers took on this machine.

        Raises:
            TookTooLong: The limit is reached.
        """
        if elapsed > self.limit_seconds:
            raise TookTooLong(
                f"it did not end within MaximumExecutionTimeoutInSeconds, {self.limit_seconds:.0f}."
            )


def _steps(policy: Record, instances: int) -> Iterator[Step]:
    routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"})
    interval = float(routing.get("WaitIntervalInSeconds", 0))
    kind = routing["Type"]
    if kind in _SIZES:
        step = _share(routing, kind, instances)
        # A canary has two steps, whatever its size.
        for number in range(1, 2 if kind == "CANARY" else math.ceil(1 / step)):
            yield Step(share=number * step, seconds=interval)
    yield Step(share=1.0, seconds=float(policy.get("TerminationWaitInSeconds", 0)))


def _share(routing: Record, kind: str, instances: int) -> float:
    """The share of the instances, and so of the traffic, in the canary or in each step."""
    member = _SIZES[kind]
    if member not in routing:
        raise invalid(f"TrafficRoutingConfiguration of type {kind} needs {member}.")
    size = routing[member]
    by_percent = size["Type"] == "CAPACITY_PERCENT"
    share = size["Value"] / 100 if by_percent else size["Value"] / instances
    # There is no part of an instance: of one, every share is the whole.
    if share > _MOST or instances < _FEWEST:
        raise invalid(
            f"{member} must be at most 50% of the variant's total instance count: got "
            f"{size['Value']} ({size['Type']}) of {instances}."
        )
    if kind == "LINEAR" and share < _LEAST_STEP:
        raise invalid(
            f"{member} must be 10-50% of the variant's total instance count: got "
            f"{size['Value']} ({size['Type']}) of {instances}."
        )
    return float(share)
