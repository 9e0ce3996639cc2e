"""An endpoint's stack: nothing without a version, everything by one parameter."""

from typing import Any

import pytest

from stacks.instances import has_local_disks
from tests.stacks.conftest import Assembly, listed, statements, text

STACK = "terrace--north-mill--tool-wear"


def test_without_a_version_the_stack_is_empty(shipped: Assembly) -> None:
    template = shipped.template(STACK)
    assert template["Parameters"]["ModelPackageArn"]["Default"] == "none"
    assert {part.get("Condition") for part in template["Resources"].values()} == {"HasVersion"}
    assert {part.get("Condition") for part in template["Outputs"].values()} == {"HasVersion"}


def test_the_version_is_the_only_parameter(shipped: Assembly) -> None:
    assert list(shipped.template(STACK)["Parameters"]) == ["ModelPackageArn"]
    assert "Rules" not in shipped.template(STACK)


def test_the_model_comes_from_the_registry_and_has_no_network(shipped: Assembly) -> None:
    model = shipped.one(STACK, "AWS::SageMaker::Model")
    assert model["Containers"] == [{"ModelPackageName": {"Ref": "ModelPackageArn"}}]
    assert model["EnableNetworkIsolation"] is True


def test_all_traffic_is_captured_below_the_models_prefix(shipped: Assembly) -> None:
    capture = shipped.one(STACK, "AWS::SageMaker::EndpointConfig")["DataCaptureConfig"]
    assert capture["EnableCapture"] is True
    assert capture["InitialSamplingPercentage"] == 100
    assert capture["CaptureOptions"] == [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]
    assert capture["DestinationS3Uri"]["Fn::Join"][1][-1] == "/tool-wear/capture"
    assert capture["CaptureContentTypeHeader"] == {
        "CsvContentTypes": ["text/csv"],
        "JsonContentTypes": ["application/json"],
    }


def alarms_by_end(assembly: Assembly) -> dict[str, tuple[str, dict[str, Any]]]:
    """The alarms by the ends of their names, each with its id in the template."""
    found = assembly.resources(STACK, "AWS::CloudWatch::Alarm")
    return {text(alarm["AlarmName"]).split("--")[2]: (key, alarm) for key, alarm in found.items()}


def test_a_rollout_is_undone_by_alarms_on_its_own_fleet_only(shipped: Assembly) -> None:
    """An alarm that the version before has set off would end the rollout of the next one."""
    deployment = shipped.one(STACK, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    watched = [
        alarm["AlarmName"]["Ref"] for alarm in deployment["AutoRollbackConfiguration"]["Alarms"]
    ]
    known = shipped.resources(STACK, "AWS::CloudWatch::Alarm")
    assert len(watched) == 2
    for key in watched:
        dimensions = {one["Name"]: text(one["Value"]) for one in known[key]["Dimensions"]}
        assert dimensions == {
            "EndpointName": "north-mill--tool-wear",
            "VariantName": "AllTraffic",
            "EndpointConfigName": "<Config.EndpointConfigName>",
        }


def test_each_version_has_alarms_of_its_own_which_tell_nobody(shipped: Assembly) -> None:
    """An alarm that is changed keeps its state, so the next version's has another name."""
    found = alarms_by_end(shipped)
    own = {end: alarm for end, (_, alarm) in found.items() if end.startswith("rollout-")}
    assert len(own) == 2
    for alarm in own.values():
        assert "Config.EndpointConfigName" in str(alarm["AlarmName"]) or "Fn::GetAtt" in str(
            alarm["AlarmName"]
        )
        assert "AlarmActions" not in alarm


def test_the_tenants_people_are_told_of_both_fleets(shipped: Assembly) -> None:
    found = alarms_by_end(shipped)
    for end in ("errors", "latency"):
        _, alarm = found[end]
        assert {one["Name"] for one in alarm["Dimensions"]} == {"EndpointName", "VariantName"}
        assert alarm["AlarmActions"]


def test_the_execution_role_may_describe_the_tenants_alarms(shipped: Assembly) -> None:
    found = [
        text(resource)
        for name, statement in statements(shipped, "terrace--north-mill")
        if name.startswith("IsolationEndpointRole")
        and "cloudwatch:DescribeAlarms" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]
    assert [arn.rpartition(":alarm:")[2] for arn in found] == ["north-mill--*"]


def test_a_deployment_may_take_as_long_as_its_steps_and_an_hour(shipped: Assembly) -> None:
    policy = shipped.one(STACK, "AWS::SageMaker::Endpoint")["DeploymentConfig"][
        "BlueGreenUpdatePolicy"
    ]
    waits = policy["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"]
    waits += policy["TerminationWaitInSeconds"]
    assert policy["MaximumExecutionTimeoutInSeconds"] == waits + 3600


def test_what_cannot_be_changed_has_another_name_when_the_settings_change(
    shipped: Assembly, production: Assembly
) -> None:
    def digests(assembly: Assembly, stack: str) -> tuple[str, str]:
        model = assembly.resources(stack, "AWS::SageMaker::Model")["Model"]["ModelName"]
        config = assembly.one(stack, "AWS::SageMaker::EndpointConfig")["EndpointConfigName"]
        return model["Fn::Join"][1][-1], config["Fn::Join"][1][-1]

    half, full = digests(production, "terrace--a--b-c"), digests(production, "terrace--a-b--c")
    assert half[1] != full[1]
    assert all(part.startswith("--") for part in (*half, *full, *digests(shipped, STACK)))


def test_names_with_the_largest_version_fit_into_what_sagemaker_allows() -> None:
    tenant, model, digest = "t" * 20, "m" * 24, "d" * 6
    assert len(f"{tenant}--{model}--v9999--{digest}") <= 63


@pytest.mark.parametrize(
    ("instance_type", "local"),
    [
        ("ml.m5.large", False),
        ("ml.c6i.large", False),
        ("ml.t2.medium", False),
        ("ml.m5d.large", True),
        ("ml.c6id.large", True),
        ("ml.g4dn.xlarge", True),
        ("ml.g5.xlarge", True),
        ("ml.p4d.24xlarge", True),
        ("ml.inf2.xlarge", False),
    ],
)
def test_instances_with_disks_of_their_own_take_no_key(instance_type: str, local: bool) -> None:
    assert has_local_disks(instance_type) is local


def test_a_volume_is_encrypted_with_the_tenants_key_where_sagemaker_allows_it(
    production: Assembly,
) -> None:
    kind = "AWS::SageMaker::EndpointConfig"
    assert "KmsKeyId" in production.one("terrace--a--b-c", kind)
    assert "KmsKeyId" not in production.one("terrace--a--quiet", kind)
