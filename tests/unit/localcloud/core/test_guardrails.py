"""The steps of a guarded deployment, and what SageMaker refuses before it begins."""

from typing import Any

import pytest

from localcloud.sagemaker.errors import SageMakerError
from localcloud.sagemaker.guardrails import Guardrails, TookTooLong


def guardrails(
    kind: str, size: dict[str, Any] | None = None, *, instances: int = 10, **policy: int
) -> Guardrails:
    member = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(kind)
    routing: dict[str, Any] = {"Type": kind, "WaitIntervalInSeconds": policy.pop("wait", 60)}
    if member and size:
        routing[member] = size
    update = {"TrafficRoutingConfiguration": routing} | policy
    return Guardrails.of({"BlueGreenUpdatePolicy": update}, instances)


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def count(value: int) -> dict[str, Any]:
    return {"Type": "INSTANCE_COUNT", "Value": value}


@pytest.mark.parametrize(
    ("kind", "size", "instances", "shares"),
    [
        ("ALL_AT_ONCE", None, 1, [1.0]),
        ("CANARY", percent(10), 10, [0.1, 1.0]),
        ("CANARY", percent(50), 2, [0.5, 1.0]),
        ("CANARY", count(1), 4, [0.25, 1.0]),
        ("LINEAR", percent(50), 2, [0.5, 1.0]),
        ("LINEAR", percent(30), 10, [0.3, 0.6, 0.9, 1.0]),
        ("LINEAR", count(1), 3, [1 / 3, 2 / 3, 1.0]),
    ],
)
def test_the_new_fleet_gets_its_shares_step_by_step(
    kind: str, size: dict[str, Any] | None, instances: int, shares: list[float]
) -> None:
    found = guardrails(kind, size, instances=instances)
    assert [step.share for step in found.steps] == pytest.approx(shares)
    # The last has all of the traffic, and waits for the old instances to go.
    assert [step.seconds for step in found.steps] == [60.0] * (len(shares) - 1) + [0.0]


@pytest.mark.parametrize(
    ("kind", "size", "instances"),
    [
        ("CANARY", count(2), 3),
        ("CANARY", percent(60), 10),
        ("CANARY", count(1), 1),
        ("LINEAR", percent(5), 20),
        ("LINEAR", count(1), 11),
        ("LINEAR", percent(50), 1),
        ("CANARY", None, 4),
    ],
)
def test_a_step_outside_the_limits_is_refused(
    kind: str, size: dict[str, Any] | None, instances: int
) -> None:
    with pytest.raises(SageMakerError, match=r"CanarySize|LinearStepSize"):
        guardrails(kind, size, instances=instances)


def test_without_a_policy_everything_goes_over_at_once() -> None:
    found = Guardrails.of({}, 1)
    assert ([step.share for step in found.steps], found.alarms) == ([1.0], [])


def test_a_deployment_ends_at_its_limit() -> None:
    found = guardrails("ALL_AT_ONCE", MaximumExecutionTimeoutInSeconds=600)
    found.check_time(600)
    with pytest.raises(TookTooLong, match="MaximumExecutionTimeoutInSeconds, 600"):
        found.check_time(601)


def test_waits_must_be_shorter_than_the_limit() -> None:
    with pytest.raises(SageMakerError, match="600 must be larger than the total waiting time, 600"):
        guardrails("CANARY", percent(10), wait=600, MaximumExecutionTimeoutInSeconds=600)
