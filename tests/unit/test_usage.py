"""What templates use of AWS's quotas."""

from collections.abc import Mapping
from typing import Any

import pytest

from terrace.assembly.templates import Templates
from terrace.assembly.usage import QuotaExceeded, refuse_excess, usage
from terrace.quotas import Quotas

Resource = Mapping[str, Any]


def templates(**stacks: list[Resource]) -> Templates:
    return Templates(
        {
            name: {"Resources": {f"R{i}": resource for i, resource in enumerate(resources)}}
            for name, resources in stacks.items()
        }
    )


def of(kind: str, **properties: Any) -> Resource:
    return {"Type": kind, "Properties": properties}


def counts(found: Templates) -> dict[tuple[str, str], int]:
    return {(one.quota, one.scope): one.count for one in usage(found, Quotas())}


def test_rules_count_for_the_bus_that_they_are_on() -> None:
    own = of("AWS::Events::Rule", EventBusName="kiln")
    found = counts(templates(a=[own, own, of("AWS::Events::Rule")], b=[of("AWS::Events::Rule")]))
    assert found["event_rules_per_bus", "event bus kiln"] == 2
    assert found["event_rules_per_bus", "event bus default"] == 2


def test_an_account_has_some_already() -> None:
    found = counts(templates(a=[of("AWS::EC2::VPC"), of("AWS::Events::EventBus", Name="kiln")]))
    assert found["vpcs", ""] == 2
    assert found["event_buses", ""] == 2
    assert found["cloudformation_stacks", ""] == 2


def test_more_rules_than_a_bus_may_have_are_refused_with_the_quota() -> None:
    rules = [of("AWS::Events::Rule", ScheduleExpression="rate(1 day)") for _ in range(301)]
    with pytest.raises(QuotaExceeded) as refused:
        refuse_excess(templates(a=rules), Quotas())
    for part in ("301 EventBridge rules in event bus default", "300", "'Number of rules'",
                 "platform.quotas.event_rules_per_bus"):  # fmt: skip
        assert part in str(refused.value)
    refuse_excess(templates(a=rules), Quotas(event_rules_per_bus=400))


def test_every_quota_that_is_exceeded_is_named() -> None:
    endpoints = [
        of("AWS::EC2::VPCEndpoint", VpcId="vpc-1", VpcEndpointType="Gateway") for _ in range(21)
    ]
    roles = [of("AWS::IAM::Role") for _ in range(991)]
    with pytest.raises(QuotaExceeded) as refused:
        refuse_excess(templates(a=endpoints, b=roles), Quotas())
    assert "platform.quotas.gateway_endpoints" in str(refused.value)
    assert "platform.quotas.iam_roles" in str(refused.value)


def test_interface_endpoints_count_for_their_network() -> None:
    def endpoints(network: str) -> list[Resource]:
        properties = {"VpcId": network, "VpcEndpointType": "Interface"}
        return [of("AWS::EC2::VPCEndpoint", **properties) for _ in range(30)]

    refuse_excess(templates(a=endpoints("vpc-1"), b=endpoints("vpc-2")), Quotas())
    with pytest.raises(QuotaExceeded, match="60 interface endpoints in network vpc-1"):
        refuse_excess(templates(a=endpoints("vpc-1"), b=endpoints("vpc-1")), Quotas())


def test_a_trail_has_at_most_250_audited_buckets() -> None:
    data = {"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::b{i}/" for i in range(251)]}
    trail = of("AWS::CloudTrail::Trail", TrailName="t", EventSelectors=[{"DataResources": [data]}])
    with pytest.raises(QuotaExceeded, match="251 audited buckets in trail t"):
        refuse_excess(templates(a=[trail]), Quotas())
