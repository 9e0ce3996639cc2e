"""What all tenants share: roles that an account or a Region has only once."""

from pathlib import Path
from typing import Any

from terrace.settings import Settings
from tests.stacks.conftest import Assembly, synthesized, text

STACK = "terrace--platform"
MODEL = {
    "name": "wear",
    "source": "examples/cnc-mill",
    "label": "y",
    "endpoint": {"kind": "serverless"},
}


def platform(folder: Path, **settings: Any) -> Assembly:
    tenant = {"name": "north", "models": [MODEL]}
    given = {"platform": {"repository": "acme/terrace", **settings}, "tenants": [tenant]}
    return synthesized(Settings.model_validate(given), folder)


def test_api_gateway_gets_its_role_with_awss_policy_and_before_the_account(tmp_path: Path) -> None:
    """API Gateway writes to /aws/apigateway/welcome when the role is set."""
    resources = platform(tmp_path).template(STACK)["Resources"]
    (account,) = (one for one in resources.values() if one["Type"] == "AWS::ApiGateway::Account")
    (name,) = account["Properties"]["CloudWatchRoleArn"]["Fn::GetAtt"][:1]
    (policy,) = resources[name]["Properties"]["ManagedPolicyArns"]
    assert text(policy).endswith("policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs")
    assert name in account["DependsOn"]


def test_a_role_and_a_provider_that_exist_are_left_alone(tmp_path: Path) -> None:
    assembly = platform(tmp_path, github_oidc_provider="reuse", api_gateway_log_role="reuse")
    assert assembly.resources(STACK, "AWS::IAM::OIDCProvider") == {}
    assert assembly.resources(STACK, "AWS::ApiGateway::Account") == {}
    (role,) = assembly.resources(STACK, "AWS::IAM::Role").values()
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    provider = text(statement["Principal"]["Federated"])
    assert provider.endswith(":oidc-provider/token.actions.githubusercontent.com")


def test_the_provider_is_created_where_the_account_has_none(tmp_path: Path) -> None:
    provider = platform(tmp_path).one(STACK, "AWS::IAM::OIDCProvider")
    assert provider["Url"] == "https://token.actions.githubusercontent.com"
    assert provider["ClientIdList"] == ["sts.amazonaws.com"]
