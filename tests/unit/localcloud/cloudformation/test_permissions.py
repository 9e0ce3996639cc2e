"""What whoever acts for a stack is asked, by the registry's handlers."""

from typing import Any

import pytest
import yaml

from localcloud.cloudformation import permissions
from localcloud.cloudformation.permissions import Question, questions
from localcloud.cloudformation.schemas import schema_of
from localcloud.cloudformation.targets import Place
from localcloud.hooks.cloudformation import Change

PLACE = Place(region="us-east-1", account="111122223333")
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:f"
ROLE = "arn:aws:iam::111122223333:role/terrace/r"


def asked(type_name: str, action: str = "create", **properties: Any) -> dict[str, Question]:
    previous, policy = properties.pop("previous", None), properties.pop("update_policy", {})
    change = Change(
        action=action,
        type_name=type_name,
        logical_id="L",
        stack="s",
        properties=properties,
        previous=previous,
        update_policy=policy,
    )
    return {one.action: one for one in questions(change, PLACE)}


def test_an_action_is_asked_on_the_resources_own_arn() -> None:
    found = asked("AWS::Lambda::Function", FunctionName="f", Role=ROLE)
    assert found["lambda:CreateFunction"].resources == (FUNCTION,)
    assert found["lambda:GetRuntimeManagementConfig"].resources == (FUNCTION,)


def test_an_action_without_resources_is_asked_on_all() -> None:
    found = asked("AWS::Logs::LogGroup", LogGroupName="/g")
    assert found["logs:DescribeLogGroups"].resources == ("*",)
    group = "arn:aws:logs:us-east-1:111122223333:log-group:/g"
    assert found["logs:CreateLogGroup"].resources == (group,)


def test_what_reads_is_asked_too() -> None:
    assert "sagemaker:ListTags" in asked("AWS::SageMaker::Endpoint", EndpointName="e")


def test_a_role_is_passed_to_the_service_of_the_type() -> None:
    found = asked("AWS::Lambda::Function", FunctionName="f", Role=ROLE)["iam:PassRole"]
    assert found.resources == (ROLE,)
    assert found.context == {"iam:PassedToService": "lambda.amazonaws.com"}
    flow = asked("AWS::EC2::FlowLog", DeliverLogsPermissionArn=ROLE)["iam:PassRole"]
    assert flow.context == {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}


def test_both_kinds_are_asked_where_an_action_needs_both() -> None:
    change = Change(
        action="update",
        type_name="AWS::SageMaker::Endpoint",
        logical_id="L",
        stack="s",
        properties={"EndpointName": "e", "EndpointConfigName": "c2"},
        previous={"EndpointName": "e", "EndpointConfigName": "c1"},
        physical_id="arn:aws:sagemaker:us-east-1:111122223333:endpoint/e",
    )
    found = [q.resources[0] for q in questions(change, PLACE) if "UpdateEndpoint" in q.action]
    prefix = "arn:aws:sagemaker:us-east-1:111122223333:"
    assert found == [f"{prefix}endpoint/e", f"{prefix}endpoint-config/c2"]


def test_another_services_action_is_asked_where_a_property_names_its_resource() -> None:
    key = "arn:aws:kms:us-east-1:111122223333:key/k"
    assert "kms:Decrypt" not in asked("AWS::Lambda::Function", FunctionName="f", Role=ROLE)
    found = asked("AWS::Lambda::Function", FunctionName="f", Role=ROLE, KmsKeyArn=key)
    assert found["kms:Decrypt"].resources == (key,)


def test_an_arn_in_a_functions_environment_is_no_resource_of_its_handler() -> None:
    variables = {"Variables": {"KEY": "arn:aws:kms:us-east-1:111122223333:key/k"}}
    found = asked("AWS::Lambda::Function", FunctionName="f", Role=ROLE, Environment=variables)
    assert "kms:Decrypt" not in found


def test_networks_are_described_where_the_function_is_in_one() -> None:
    assert "ec2:DescribeVpcs" not in asked("AWS::Lambda::Function", FunctionName="f")
    network = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    found = asked("AWS::Lambda::Function", FunctionName="f", VpcConfig=network)
    assert found["ec2:DescribeVpcs"].resources == ("*",)


def test_tags_are_asked_where_they_change() -> None:
    tags = [{"Key": "k", "Value": "v"}]
    own = [{"Key": "aws:cloudformation:stack-name", "Value": "s"}]
    model = "AWS::SageMaker::Model"
    assert "sagemaker:AddTags" in asked(model, ModelName="m", Tags=tags)
    assert "sagemaker:AddTags" not in asked(model, ModelName="m", Tags=own)
    assert "sagemaker:AddTags" not in asked(
        model, "update", ModelName="m", Tags=tags, previous={"Tags": tags}
    )


def test_an_id_that_is_not_known_yet_is_any() -> None:
    found = asked("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")
    vpc = "arn:aws:ec2:us-east-1:111122223333:vpc/*"
    assert vpc in found["ec2:CreateVpc"].resources


def test_a_deployment_is_asked_where_the_update_policy_wants_one() -> None:
    found = asked("AWS::Lambda::Alias", "update", FunctionName="f", Name="live", previous={})
    assert found["lambda:UpdateAlias"].resources == (FUNCTION,)
    assert "codedeploy:StopDeployment" not in found
    policy = {"CodeDeployLambdaAliasUpdate": {}}
    found = asked("AWS::Lambda::Alias", "update", Name="live", previous={}, update_policy=policy)
    assert found["codedeploy:StopDeployment"].resources == ("*",)


def test_composite_alarms_are_described_by_who_may_describe_all() -> None:
    found = asked("AWS::CloudWatch::CompositeAlarm", AlarmName="a", AlarmRule="TRUE")
    assert found["cloudwatch:DescribeAlarms"].resources == ("*",)
    alarm = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a"
    assert found["cloudwatch:PutCompositeAlarm"].resources == (alarm,)


def test_the_code_of_a_function_is_read_from_its_bucket() -> None:
    code = {"S3Bucket": "assets", "S3Key": "code.zip"}
    found = asked("AWS::Lambda::Function", FunctionName="f", Code=code)
    assert found["s3:GetObject"].resources == ("arn:aws:s3:::assets/code.zip",)
    found = asked("AWS::Lambda::Function", FunctionName="f", Code={"ZipFile": "x"})
    assert "s3:GetObject" not in found


def test_the_alarms_of_a_scalable_target_have_its_name() -> None:
    target = "AWS::ApplicationAutoScaling::ScalableTarget"
    found = asked(target, ResourceId="endpoint/e/variant/v", ServiceNamespace="sagemaker")
    alarms = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:TargetTracking-endpoint/e/variant/v-*"
    assert found["cloudwatch:PutMetricAlarm"].resources == (alarms,)


def test_a_narrow_role_can_change_a_deployment_group() -> None:
    group = {
        "ApplicationName": "a",
        "DeploymentGroupName": "g",
        "DeploymentConfigName": "c",
        "ServiceRoleArn": ROLE,
    }
    found = asked("AWS::CodeDeploy::DeploymentGroup", "update", **group, previous={})
    resources = {action: one.resources[0].split(":", 5)[5] for action, one in found.items()}
    assert resources == {
        "codedeploy:UpdateDeploymentGroup": "deploymentgroup:a/g",
        "codedeploy:GetDeployment": "deploymentgroup:a/g",
        "codedeploy:GetDeploymentConfig": "deploymentconfig:c",
        "codedeploy:GetDeploymentGroup": "deploymentgroup:a/g",
        "codedeploy:ListDeployments": "deploymentgroup:a/g",
        "codedeploy:ListTagsForResource": "deploymentgroup:a/g",
        "iam:PassRole": "role/terrace/r",
    }


CONDITIONS = yaml.safe_load(permissions._CONDITIONS.read_text())["conditions"]


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: f"{one['type']} {one['actions']}")
def test_each_condition_is_about_actions_and_properties_that_the_schema_has(
    condition: dict[str, Any],
) -> None:
    schema = schema_of(condition["type"])
    assert schema
    handlers = ("create", "read", "update", "delete")
    known = {action for handler in handlers for action in schema.permissions(handler)}
    assert set(condition["actions"]) <= known
    properties = [*condition.get("set", ()), *condition.get("changed", ())]
    assert all(schema.property_schema(path.partition("/")[0]) for path in properties)
    assert condition["source"].startswith("https://")
