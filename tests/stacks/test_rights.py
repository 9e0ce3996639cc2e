"""Who may do what: least privilege, and no tenant reaches another."""

import json
import re

import pytest

from tests.stacks.conftest import Assembly, listed, statements, text

# What takes no resource: whoever may do it may do it to everything.
WITHOUT_RESOURCE = re.compile(
    r"xray:.+"
    r"|ecr:GetAuthorizationToken"
    r"|cloudwatch:PutMetricData"
    r"|codedeploy:StopDeployment"
    r"|sagemaker:ListModelPackages"
    r"|application-autoscaling:Describe\w+"
    r"|ec2:Describe\w+"
    r"|logs:(\w+LogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies"
    r"|DescribeLogGroups)"
)
TENANTS = ("terrace--north-mill", "terrace--south-mill", "terrace--workshop")
EVERYTHING_OF = (
    r"({tenant}--\*(/\*)?|execution:terrace--{tenant}--monitoring(/Observe)?:\*"
    r"|parameter/terrace/{tenant}/\*|Arn>/\*(/.+)?"
    r"|(function|layer|application|deploymentconfig):terrace--{tenant}--serve--\*(:(\*|live))?"
    r"|deploymentgroup:terrace--{tenant}--serve--\*/terrace--{tenant}--serve--\*"
    r"|log-group:/aws/lambda/terrace--{tenant}--serve--\*:\*)$"
)
# AWS gives these their ids, or has one for all; see the acknowledgements.
SHARED = (
    ":scalable-target/*",
    ":log-group:/aws/sagemaker/TrainingJobs:*",
    ":network-interface/*",  # held to the tenant's own network, see test_network
)

# Denied to the code of functions, see test_network.
OF_LAMBDA = {
    f"ec2:{action}"
    for action in ("AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface",
                   "UnassignPrivateIpAddresses")
}  # fmt: skip


@pytest.mark.parametrize("stack", TENANTS)
def test_no_action_has_a_wildcard(shipped: Assembly, stack: str) -> None:
    for name, statement in statements(shipped, stack):
        assert not [action for action in listed(statement["Action"]) if "*" in action], name


@pytest.mark.parametrize("stack", TENANTS)
def test_everything_is_allowed_only_for_what_has_no_resource(shipped: Assembly, stack: str) -> None:
    for name, statement in statements(shipped, stack):
        if "*" in listed(statement["Resource"]) and statement["Effect"] == "Allow":
            for action in set(listed(statement["Action"])) - OF_LAMBDA:
                assert WITHOUT_RESOURCE.fullmatch(action), f"{name}: {action}"
                assert action != "cloudwatch:PutMetricData" or statement["Condition"]


@pytest.mark.parametrize("stack", TENANTS)
def test_a_wildcard_stands_only_behind_the_tenants_own_prefix(
    shipped: Assembly, stack: str
) -> None:
    own = re.compile(EVERYTHING_OF.format(tenant=stack.removeprefix("terrace--")))
    for name, statement in statements(shipped, stack):
        for resource in map(text, listed(statement["Resource"])):
            if "*" in resource and resource != "*" and not resource.endswith(SHARED):
                assert own.search(resource), f"{name}: {resource}"


def test_a_tenants_prefix_never_reaches_a_tenant_whose_name_begins_the_same(
    production: Assembly,
) -> None:
    endpoints = {
        stack: production.one(stack, "AWS::SageMaker::Endpoint")["EndpointName"]
        for stack in ("terrace--a--b-c", "terrace--a-b--c")
    }
    reached = [
        text(resource).rpartition("endpoint/")[2].removesuffix("*")
        for _, statement in statements(production, "terrace--a")
        if "sagemaker:InvokeEndpoint" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]
    assert reached == ["a--"]
    assert endpoints["terrace--a--b-c"].startswith("a--")
    assert not endpoints["terrace--a-b--c"].startswith("a--")


def test_a_tenants_stack_names_no_other_tenant(shipped: Assembly) -> None:
    north, south = (json.dumps(shipped.template(stack)) for stack in TENANTS[:2])
    assert "south-mill" not in north
    assert "north-mill" not in south


@pytest.mark.parametrize("stack", TENANTS)
def test_a_role_is_handed_only_to_the_service_that_it_is_for(shipped: Assembly, stack: str) -> None:
    passed = [
        statement
        for _, statement in statements(shipped, stack)
        if "iam:PassRole" in listed(statement["Action"])
    ]
    # Training and serving to SageMaker, rollouts to CloudFormation; where functions serve, theirs
    # to Lambda and their rollouts' to CodeDeploy.
    assert len(passed) == (5 if stack == "terrace--workshop" else 3)
    for statement in passed:
        service = statement["Condition"]["StringEquals"]["iam:PassedToService"]
        role = shipped.template(stack)["Resources"][statement["Resource"]["Fn::GetAtt"][0]]
        trusted = role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        assert trusted == {"Service": service}


@pytest.mark.parametrize("stack", TENANTS)
def test_every_function_has_a_role_of_its_own(shipped: Assembly, stack: str) -> None:
    functions = shipped.resources(stack, "AWS::Lambda::Function")
    roles = {text(function["Role"]) for function in functions.values()}
    assert len(roles) == len(functions)


def test_ci_deploys_from_one_environment_of_one_repository_and_only_by_the_cdks_roles(
    production: Assembly,
) -> None:
    roles = production.resources("terrace--platform", "AWS::IAM::Role").values()
    (role,) = (role for role in roles if role.get("RoleName") == "terrace--deploy")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"]["StringEquals"] == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/terrace:environment:live",
    }
    found = statements(production, "terrace--platform")
    rights = [statement for name, statement in found if name.startswith("DeployRole")]
    (right,) = rights
    assert right["Action"] == "sts:AssumeRole"
    names = [text(resource).rpartition("role/")[2] for resource in right["Resource"]]
    kinds = ("deploy", "file-publishing", "image-publishing", "lookup")
    assert [name.split("-<")[0] for name in names] == [
        f"cdk-hnb659fds-{kind}-role" for kind in kinds
    ]


def test_without_a_repository_nobody_outside_may_deploy(shipped: Assembly) -> None:
    assert shipped.resources("terrace--platform", "AWS::IAM::OIDCProvider") == {}
    assert "terrace--deploy" not in shipped.path("terrace--platform").read_text()


@pytest.mark.parametrize("stack", ["terrace--platform", *TENANTS])
def test_no_resource_lets_an_aws_service_act_for_another_account(
    shipped: Assembly, stack: str
) -> None:
    kinds = ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy")
    for kind in kinds:
        for name, policy in shipped.resources(stack, kind).items():
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Allow" and "Service" in statement["Principal"]:
                    # EventBridge supports no condition in the policy of a topic.
                    if (kind, statement["Principal"]["Service"]) == (
                        "AWS::SNS::TopicPolicy",
                        "events.amazonaws.com",
                    ):
                        continue
                    keys = {key for test in statement["Condition"].values() for key in test}
                    assert keys & {"aws:SourceAccount", "aws:SourceArn"}, name
