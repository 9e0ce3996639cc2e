"""Models that functions answer for: the function, its versions, its capture, and the API."""

import pytest

from terrace.environment import ServingEnvironment
from tests.stacks.conftest import Assembly, listed, statements, text

SHARED, STACK = "terrace--workshop", "terrace--workshop--tool-wear"
SERVERLESS = "terrace--a-b--seldom"


def function(assembly: Assembly, stack: str) -> dict[str, object]:
    return assembly.one(stack, "AWS::Lambda::Function")


def told(assembly: Assembly, stack: str) -> ServingEnvironment:
    variables = assembly.one(stack, "AWS::Lambda::Function")["Environment"]["Variables"]
    return ServingEnvironment.load({name: text(value) for name, value in variables.items()})


def test_the_function_is_there_before_a_version_is(shipped: Assembly) -> None:
    template = shipped.template(STACK)
    assert template["Parameters"]["ModelPackageArn"]["Default"] == "none"
    assert not any("Condition" in part for part in template["Resources"].values())
    assert told(shipped, STACK).model_package_arn == "<ModelPackageArn>"


def test_another_version_of_the_model_is_another_version_of_the_function(
    shipped: Assembly,
) -> None:
    version = shipped.one(STACK, "AWS::Lambda::Version")
    assert text(version["Description"]) == "Model package <ModelPackageArn>"
    alias = shipped.one(STACK, "AWS::Lambda::Alias")
    assert alias["Name"] == "live"
    (made,) = shipped.resources(STACK, "AWS::Lambda::Version")
    assert alias["FunctionVersion"] == {"Fn::GetAtt": [made, "Version"]}


def test_codedeploy_moves_the_alias_and_goes_back_by_the_alarms(shipped: Assembly) -> None:
    (resource,) = (
        part
        for part in shipped.template(STACK)["Resources"].values()
        if part["Type"] == "AWS::Lambda::Alias"
    )
    assert set(resource["UpdatePolicy"]) == {"CodeDeployLambdaAliasUpdate"}
    routing = shipped.one(STACK, "AWS::CodeDeploy::DeploymentConfig")["TrafficRoutingConfig"]
    assert routing["TimeBasedCanary"] == {"CanaryInterval": 1, "CanaryPercentage": 10}
    group = shipped.one(STACK, "AWS::CodeDeploy::DeploymentGroup")
    alarms = {text(alarm["Name"]) for alarm in group["AlarmConfiguration"]["Alarms"]}
    assert alarms == {
        f"<{name}>"
        for name, alarm in shipped.resources(STACK, "AWS::CloudWatch::Alarm").items()
        if "--rollout-" in text(alarm["AlarmName"])
    }
    (moves,) = shipped.resources(STACK, "AWS::CodeDeploy::DeploymentGroup")
    assert moves in resource["DependsOn"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


def test_capture_goes_where_the_monitors_look_for_it(shipped: Assembly) -> None:
    streams = {
        one["DeliveryStreamName"]: one
        for one in shipped.resources(SHARED, "AWS::KinesisFirehose::DeliveryStream").values()
    }
    assert len(streams) == 2  # one a model
    stream = streams[told(shipped, STACK).delivery_stream]
    to = stream["ExtendedS3DestinationConfiguration"]
    assert to["Prefix"] == (
        "tool-wear/capture/workshop--tool-wear/AllTraffic/!{timestamp:yyyy/MM/dd/HH}/"
    )
    assert to["FileExtension"] == ".jsonl"
    assert stream["DeliveryStreamEncryptionConfigurationInput"]["KeyType"] == (
        "CUSTOMER_MANAGED_CMK"
    )


def test_the_api_asks_for_the_tenants_key_and_limits_it(shipped: Assembly) -> None:
    methods = shipped.resources(SHARED, "AWS::ApiGateway::Method").values()
    assert [method["ApiKeyRequired"] for method in methods] == [True, True]  # one a model
    plan = shipped.one(SHARED, "AWS::ApiGateway::UsagePlan")
    assert plan["Quota"] == {"Limit": 1_000_000, "Period": "MONTH"}
    assert plan["Throttle"] == {"BurstLimit": 100, "RateLimit": 50}
    key = shipped.one(SHARED, "AWS::ApiGateway::UsagePlanKey")
    (api_key,) = shipped.resources(SHARED, "AWS::ApiGateway::ApiKey")
    assert key["KeyId"] == {"Ref": api_key}


def test_what_serves_reads_models_and_writes_captured_records_only(shipped: Assembly) -> None:
    found = [
        (action, text(resource))
        for name, statement in statements(shipped, SHARED)
        if name.startswith("ServingFunctionRole")
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]
    buckets = {(action, to.rpartition(">/")[2]) for action, to in found if action.startswith("s3:")}
    assert buckets == {("s3:GetObject", "*/training/jobs/*"), ("s3:PutObject", "*/capture/*")}


def test_who_rolls_out_may_move_functions_that_serve_and_no_others(shipped: Assembly) -> None:
    found = {
        text(resource)
        for name, statement in statements(shipped, SHARED)
        if name.startswith("PipelinesRolloutRole")
        for resource in listed(statement["Resource"])
        if any(action.startswith("lambda:Update") for action in listed(statement["Action"]))
    }
    assert len(found) == 1
    assert found.pop().endswith(":function:terrace--workshop--serve--*")


def test_a_serverless_endpoint_is_asked_by_the_function_that_captures(
    production: Assembly,
) -> None:
    assert told(production, SERVERLESS).endpoint == "a-b--seldom"
    config = production.one(SERVERLESS, "AWS::SageMaker::EndpointConfig")
    (variant,) = config["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MaxConcurrency": 5, "MemorySizeInMB": 4096}
    assert "DataCaptureConfig" not in config
    endpoint = production.one(SERVERLESS, "AWS::SageMaker::Endpoint")
    assert "DeploymentConfig" not in endpoint
    assert "EnableNetworkIsolation" not in production.one(SERVERLESS, "AWS::SageMaker::Model")


@pytest.mark.parametrize("kind", ["AWS::CodeDeploy::Application", "AWS::ApiGateway::RestApi"])
def test_who_has_no_such_model_has_nothing_of_it(shipped: Assembly, kind: str) -> None:
    for stack in ("terrace--north-mill", "terrace--north-mill--tool-wear"):
        assert shipped.resources(stack, kind) == {}
    assert shipped.one("terrace--platform", "AWS::ApiGateway::Account")


def test_a_rollout_is_watched_by_the_new_versions_own_answers(
    shipped: Assembly, production: Assembly
) -> None:
    alarms = shipped.resources(STACK, "AWS::CloudWatch::Alarm").values()
    found = {text(one["AlarmName"]).rpartition("--")[2]: one for one in alarms}
    (version,) = shipped.resources(STACK, "AWS::Lambda::Version")
    errors, latency = (f"rollout-{end}-<{version}.Version>" for end in ("errors", "latency"))
    assert set(found) == {"errors", "latency", errors, latency, "capture"}
    dimensions = {one["Name"]: text(one["Value"]) for one in found[latency]["Dimensions"]}
    function = dimensions["FunctionName"]
    assert dimensions["Resource"] == f"{function}:live"
    assert dimensions["ExecutedVersion"] == f"<{version}.Version>"
    for metric in found[errors]["Metrics"]:
        if "MetricStat" in metric:
            told = {one["Name"] for one in metric["MetricStat"]["Metric"]["Dimensions"]}
            assert told == {"FunctionName", "Resource", "ExecutedVersion"}
    group = shipped.one(STACK, "AWS::CodeDeploy::DeploymentGroup")
    assert len(group["AlarmConfiguration"]["Alarms"]) == 2
    # All at once nothing is watched, so an alarm could only keep a version out.
    press = "terrace--a-b--press"
    at_once = production.resources(press, "AWS::CloudWatch::Alarm").values()
    assert not [one for one in at_once if "rollout-" in text(one["AlarmName"])]
    group = production.one(press, "AWS::CodeDeploy::DeploymentGroup")
    assert not group.get("AlarmConfiguration", {}).get("Alarms")


def test_who_rolls_out_may_give_a_deployment_group_other_alarms(shipped: Assembly) -> None:
    found = {
        (action, text(resource).rpartition("deploymentgroup:")[2])
        for name, statement in statements(shipped, SHARED)
        if name.startswith("PipelinesRolloutRole")
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if action == "codedeploy:UpdateDeploymentGroup"
    }
    group = "terrace--workshop--serve--*"
    assert found == {("codedeploy:UpdateDeploymentGroup", f"{group}/{group}")}
