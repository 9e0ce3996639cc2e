"""A caller's key stays with its version, also while tests begin and end."""

from typing import Any

import pytest

from terrace.sticky import StickyEndpoint


class Gone(Exception):
    """As botocore's ClientError, which a client brings along."""


class SageMaker:
    """Both clients."""

    class exceptions:  # noqa: N801  # boto3's name
        ClientError = Gone

    def __init__(self) -> None:
        self.share, self.asked, self.answered = 0.0, 0, list[str]()

    def describe_endpoint(self, **_: Any) -> dict[str, Any]:
        self.asked += 1
        variants = [{"VariantName": "AllTraffic", "CurrentWeight": 1.0}]
        if self.share:
            weight = self.share / (1 - self.share)
            variants.append({"VariantName": "Challenger", "CurrentWeight": weight})
        return {"EndpointConfigName": f"config-{self.share}", "ProductionVariants": variants}

    def invoke_endpoint(self, TargetVariant: str, **_: Any) -> str:  # noqa: N803
        if TargetVariant == "Challenger" and not self.share:
            raise Gone("Variant Challenger not found")
        self.answered.append(TargetVariant)
        return TargetVariant


@pytest.fixture
def cloud() -> SageMaker:
    return SageMaker()


def test_without_a_test_there_is_one_version(cloud: SageMaker) -> None:
    endpoint = StickyEndpoint(cloud, cloud, "north--saw")
    assert {endpoint.invoke(f"key-{n}") for n in range(50)} == {"AllTraffic"}
    assert cloud.asked == 1


def test_a_test_is_noticed_and_each_key_keeps_its_version(cloud: SageMaker) -> None:
    now = [0.0]
    endpoint = StickyEndpoint(cloud, cloud, "north--saw", refresh_seconds=60, clock=lambda: now[0])
    assert endpoint.variant("a") == "AllTraffic"
    cloud.share, now[0] = 0.5, 61.0
    first = {f"key-{n}": endpoint.invoke(f"key-{n}") for n in range(400)}
    assert 150 < list(first.values()).count("Challenger") < 250
    now[0] = 200.0
    assert all(endpoint.invoke(key) == variant for key, variant in first.items())


def test_a_test_that_ended_a_moment_ago_costs_nobody_an_answer(cloud: SageMaker) -> None:
    cloud.share = 0.5
    endpoint = StickyEndpoint(cloud, cloud, "north--saw")
    key = next(f"key-{n}" for n in range(50) if endpoint.variant(f"key-{n}") == "Challenger")
    cloud.share = 0.0
    assert endpoint.invoke(key) == "AllTraffic"


def test_another_refusal_is_the_callers(cloud: SageMaker) -> None:
    endpoint = StickyEndpoint(cloud, cloud, "north--saw")
    cloud.invoke_endpoint = _refuse  # type: ignore[method-assign]
    with pytest.raises(Gone, match="throttled"):
        endpoint.invoke("a")


def _refuse(**_: Any) -> str:
    raise Gone("throttled")
