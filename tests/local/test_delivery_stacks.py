"""Resource types that stacks need around delivery, made, changed and deleted by CloudFormation."""

import json
import uuid
from typing import Any

import pytest

from tests.local.conftest import Cloud, eventually

pytestmark = pytest.mark.local


def resources(name: str, days: int) -> str:
    archive = {
        "SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]},
        "EventPattern": {"source": ["kiln"]},
        "RetentionDays": days,
    }
    provider = {"Url": f"https://{name}.example.com", "ClientIdList": ["kiln"]}
    found: dict[str, Any] = {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": name}},
        "Archive": {"Type": "AWS::Events::Archive", "Properties": archive},
        "Provider": {"Type": "AWS::IAM::OIDCProvider", "Properties": provider},
    }
    return json.dumps({"Resources": found})


def settled(cloud: Cloud, name: str) -> str:
    client = cloud.client("cloudformation")

    def status() -> str | None:
        found = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        return None if found.endswith("IN_PROGRESS") else str(found)

    return str(eventually(status))


def test_a_stack_has_an_archive_and_an_identity_provider(cloud: Cloud) -> None:
    client, name = cloud.client("cloudformation"), f"stack-{uuid.uuid4().hex[:12]}"
    client.create_stack(StackName=name, TemplateBody=resources(name, 3))
    assert settled(cloud, name) == "CREATE_COMPLETE"
    client.update_stack(StackName=name, TemplateBody=resources(name, 5))
    assert settled(cloud, name) == "UPDATE_COMPLETE"
    found = client.describe_stack_resources(StackName=name)["StackResources"]
    made = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}
    archive = cloud.client("events").describe_archive(ArchiveName=made["Archive"])
    assert archive["RetentionDays"] == 5
    iam, arn = cloud.client("iam"), made["Provider"]
    provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert provider["ClientIDList"] == ["kiln"]
    client.delete_stack(StackName=name)
    listed = "OpenIDConnectProviderList"
    assert eventually(
        lambda: arn not in {p["Arn"] for p in iam.list_open_id_connect_providers()[listed]}
    )
