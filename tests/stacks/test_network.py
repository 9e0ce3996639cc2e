"""The enterprise level: a network without a way out, a ceiling over every role, two approvers."""

import json
import re
from pathlib import Path

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template
from pydantic import ValidationError

from stacks.network import Network
from terrace.network_settings import Network as NetworkSettings
from terrace.settings import Settings, Tenant
from tests.stacks.conftest import Assembly, Resource, listed, statements, synthesized, text

ROOT = Path(__file__).parents[2]
OTHERWISE_CALLED = {
    "cloudwatch": "monitoring",
    "firehose": "kinesis-firehose",
    "sagemaker": "sagemaker.api",
    "sagemaker-runtime": "sagemaker.runtime",
    "stepfunctions": "states",
}
# Which a tenant lacks that has no serving functions, or no A/B tests.
OF_SOME = {"kinesis-firehose", "lambda", "monitoring"}

SHARED, STACK = "terrace--south-mill", "terrace--south-mill--tool-wear"
OTHERS = ("terrace--north-mill", "terrace--workshop")


def test_there_is_no_way_to_the_internet(shipped: Assembly) -> None:
    assert len(shipped.resources(SHARED, "AWS::EC2::Subnet")) == 2
    for subnet in shipped.resources(SHARED, "AWS::EC2::Subnet").values():
        assert subnet["MapPublicIpOnLaunch"] is False
    for kind in ("InternetGateway", "NatGateway", "Route", "VPCGatewayAttachment"):
        assert shipped.resources(SHARED, f"AWS::EC2::{kind}") == {}
    for group in shipped.resources(SHARED, "AWS::EC2::SecurityGroup").values():
        assert {(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]} == {
            (443, 443)
        }


def test_everything_that_runs_runs_in_it(shipped: Assembly) -> None:
    functions = shipped.resources(SHARED, "AWS::Lambda::Function").values()
    inside = [one for one in functions if "FunctionName" in one]
    assert inside
    assert all(len(one["VpcConfig"]["SubnetIds"]) == 2 for one in inside)
    models = shipped.resources(STACK, "AWS::SageMaker::Model").values()
    assert len(models) == 2  # the one that serves, and its shadow
    for model in models:
        assert len(model["VpcConfig"]["Subnets"]) == 2
        assert model["EnableNetworkIsolation"] is True
    machines = shipped.resources(SHARED, "AWS::StepFunctions::StateMachine")
    (training,) = (one for name, one in machines.items() if name.startswith("PipelinesTraining"))
    definition = json.dumps(training["DefinitionString"])
    assert "VpcConfig" in definition
    assert "SecurityGroupIds" in definition


def test_who_has_no_network_has_nothing_of_it(shipped: Assembly) -> None:
    for stack in OTHERS:
        assert shipped.resources(stack, "AWS::EC2::VPC") == {}
        functions = shipped.resources(stack, "AWS::Lambda::Function").values()
        assert not [one for one in functions if "VpcConfig" in one]
        assert "VpcConfig" not in json.dumps(shipped.template(stack))


def test_there_is_a_door_to_every_service_that_a_function_calls(shipped: Assembly) -> None:
    called = {
        service
        for file in (ROOT / "lambdas").rglob("*.py")
        for service in re.findall(r'client\("([\w-]+)"\)', file.read_text())
    }
    doors = {
        text(door["ServiceName"]).split(".", 3)[3]
        for door in shipped.resources(SHARED, "AWS::EC2::VPCEndpoint").values()
    }
    asked = {OTHERWISE_CALLED.get(service, service) for service in called} - OF_SOME
    assert asked <= doors, f"no door to {asked - doors}"
    assert {"kms", "sagemaker.api"} <= asked


def test_the_doors_open_to_this_account_alone(shipped: Assembly) -> None:
    doors = shipped.resources(SHARED, "AWS::EC2::VPCEndpoint").values()
    assert {door["VpcEndpointType"] for door in doors} == {"Gateway", "Interface"}
    for door in doors:
        (statement,) = door["PolicyDocument"]["Statement"]
        assert statement["Condition"]["StringEquals"] == {
            "aws:PrincipalAccount": {"Ref": "AWS::AccountId"},
            "aws:ResourceAccount": {"Ref": "AWS::AccountId"},
        }


def test_sagemakers_roles_make_interfaces_only_in_the_tenants_own_network(
    shipped: Assembly,
) -> None:
    subnets = {f"<{name}>" for name in shipped.resources(SHARED, "AWS::EC2::Subnet")}
    creating = [one for one in of_sagemaker(shipped) if is_about(one, "CreateNetworkInterface")]
    assert len(creating) == 2
    for statement in creating:
        named = {text(one).rpartition("/")[2] for one in statement["Resource"]}
        assert subnets <= named
        assert named - subnets == {"*"} | {one for one in named if "Inside" in one}
    changing = [one for one in of_sagemaker(shipped) if is_about(one, "DeleteNetworkInterface")]
    assert len(changing) == 2
    assert all("ec2:Vpc" in one["Condition"]["ArnEquals"] for one in changing)


def of_sagemaker(assembly: Assembly) -> list[Resource]:
    found = statements(assembly, SHARED)
    return [one for name, one in found if name.startswith(("IsolationTraining", "IsolationEndp"))]


def is_about(statement: Resource, action: str) -> bool:
    return f"ec2:{action}" in listed(statement["Action"])


def test_lambda_may_make_interfaces_and_the_functions_code_may_not(shipped: Assembly) -> None:
    """Lambda checks the role without naming a network; its guide has the denial."""
    of_functions: dict[str, dict[str, Resource]] = {}
    for name, statement in statements(shipped, SHARED):
        if name.startswith("Functions") and is_about(statement, "DeleteNetworkInterface"):
            of_functions.setdefault(name, {})[statement["Effect"]] = statement
    functions = shipped.resources(SHARED, "AWS::Lambda::Function").values()
    assert len(of_functions) == sum("VpcConfig" in one for one in functions)
    for both in of_functions.values():
        allowed, denied = both["Allow"], both["Deny"]
        assert allowed["Resource"] == denied["Resource"] == "*"
        assert "Condition" not in allowed
        of_network = {action for action in allowed["Action"] if action.startswith("ec2:")}
        assert of_network < set(denied["Action"])
        (pattern,) = denied["Condition"]["ArnLike"].values()
        assert text(pattern).endswith(":function:terrace--south-mill--*")


def test_subnets_are_in_the_zones_that_the_file_names(tmp_path: Path) -> None:
    zones = ["use1-az4", "use1-az6"]
    model = {"name": "wear", "source": "examples/cnc-mill", "label": "y"}
    network = {"cidr": "10.0.0.0/16", "availability_zone_ids": zones}
    tenant = {"name": "north", "network": network, "models": [model]}
    assembly = synthesized(Settings.model_validate({"tenants": [tenant]}), tmp_path)
    subnets = assembly.resources("terrace--north", "AWS::EC2::Subnet").values()
    assert [subnet["AvailabilityZoneId"] for subnet in subnets] == zones
    assert not [subnet for subnet in subnets if "AvailabilityZone" in subnet]


@pytest.mark.parametrize(
    "zones",
    [
        ["use1-az1"],
        ["use1-az1", "use1-az1"],
        ["use1-az1", "use2-az1"],
        ["us-east-1a", "us-east-1b"],
    ],
)
def test_zones_that_are_not_two_of_one_region_are_refused(zones: list[str]) -> None:
    with pytest.raises(ValidationError, match=r"availability_zone_ids|pattern"):
        NetworkSettings.model_validate({"availability_zone_ids": zones})


def test_the_flow_log_may_do_what_its_guide_says(shipped: Assembly) -> None:
    actions = {
        action
        for name, statement in statements(shipped, SHARED)
        if name.startswith("NetworkFlowRole")
        for action in listed(statement["Action"])
    }
    assert actions == {
        f"logs:{action}"
        for action in ("CreateLogGroup", "CreateLogStream", "DescribeLogGroups",
                       "DescribeLogStreams", "PutLogEvents")
    }  # fmt: skip


def test_sparks_driver_and_executors_reach_each_other(tmp_path: Path) -> None:
    model = {
        "name": "wear",
        "source": "examples/cnc-mill",
        "label": "y",
        "monitors": {"data-quality": {"divide_on": "spark"}},
    }
    tenant = {"name": "north", "network": {"cidr": "10.0.0.0/16"}, "models": [model]}
    assembly = synthesized(Settings.model_validate({"tenants": [tenant]}), tmp_path)
    application = assembly.one("terrace--north", "AWS::EMRServerless::Application")
    (group,) = application["NetworkConfiguration"]["SecurityGroupIds"]
    for direction in ("Ingress", "Egress"):
        kind = f"AWS::EC2::SecurityGroup{direction}"
        (rule,) = assembly.resources("terrace--north", kind).values()
        assert rule["GroupId"] == group
        assert (rule["FromPort"], rule["ToPort"]) == (0, 65535)
        ends = {"Ingress": "SourceSecurityGroupId", "Egress": "DestinationSecurityGroupId"}
        assert rule[ends[direction]] == group


def test_every_role_has_the_ceiling(shipped: Assembly) -> None:
    (boundary,) = shipped.resources(SHARED, "AWS::IAM::ManagedPolicy")
    roles = shipped.resources(SHARED, "AWS::IAM::Role").values()
    assert {json.dumps(role["PermissionsBoundary"]) for role in roles} == {
        json.dumps({"Ref": boundary})
    }
    document = shipped.one(SHARED, "AWS::IAM::ManagedPolicy")["PolicyDocument"]
    deny = [one for one in document["Statement"] if one["Effect"] == "Deny"]
    assert deny[0]["Condition"]["StringNotEquals"] == {
        "aws:ResourceTag/terrace:tenant": "south-mill"
    }
    allowed = [
        action
        for one in document["Statement"]
        if one["Effect"] == "Allow" and one["Resource"] == "*"
        for action in one["Action"]
    ]
    assert not [one for one in allowed if one.startswith(("iam:", "sts:", "organizations:"))]
    for stack in OTHERS:
        others = shipped.resources(stack, "AWS::IAM::Role").values()
        assert not [role for role in others if "PermissionsBoundary" in role]


def test_two_people_approve_and_events_are_kept(shipped: Assembly) -> None:
    def approvers(stack: str) -> set[int]:
        definitions = [
            text(machine["DefinitionString"])
            for machine in shipped.resources(stack, "AWS::StepFunctions::StateMachine").values()
        ]
        return {n for n in (1, 2) for one in definitions if f'"approvers":{n}' in one}

    assert approvers(SHARED) == {2}
    assert approvers("terrace--north-mill") == {1}
    assert shipped.one(SHARED, "AWS::Events::Archive")["RetentionDays"] == 365
    assert shipped.resources("terrace--north-mill", "AWS::Events::Archive") == {}


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "8.8.0.0/16", "10.0.0.1/16", "a network"])
def test_a_network_that_aws_does_not_make_is_refused(cidr: str) -> None:
    model = {"name": "m", "source": "examples/cnc-mill", "label": "y"}
    given = {"name": "a", "models": [model], "network": {"cidr": cidr}}
    with pytest.raises(ValueError, match=r"expected a (private )?network"):
        Settings.model_validate({"tenants": [given]})
    assert Tenant.model_validate(given | {"network": {"cidr": "10.7.0.0/20"}}).network


def test_who_has_ab_tests_has_a_door_to_their_alarms() -> None:
    model = {
        "name": "m",
        "source": "examples/cnc-mill",
        "label": "y",
        "endpoint": {"ab_test": {}},
        "monitors": {"model-quality": {"problem": "binary"}},
    }
    stack = Stack()
    tenant = Tenant.model_validate({"name": "a", "level": "enterprise", "models": [model]})
    Network(stack, "Network", tenant=tenant, cidr="10.0.0.0/16")
    doors = Template.from_stack(stack).find_resources("AWS::EC2::VPCEndpoint").values()
    assert any(text(one["Properties"]["ServiceName"]).endswith(".monitoring") for one in doors)


def test_a_candidate_is_a_shadow_beside_the_version_that_serves(shipped: Assembly) -> None:
    template = shipped.template(STACK)
    assert list(template["Parameters"]) == ["ModelPackageArn", "ShadowModelPackageArn"]
    assert template["Resources"]["ShadowModel"]["Condition"] == "HasShadow"
    config = shipped.one(STACK, "AWS::SageMaker::EndpointConfig")
    condition, (variant,), nothing = config["ShadowProductionVariants"]["Fn::If"]
    assert (condition, nothing) == ("HasShadow", {"Ref": "AWS::NoValue"})
    assert (variant["VariantName"], variant["InitialInstanceCount"]) == ("Shadow", 2)
    # Another configuration, since none can be changed.
    start, name, _ = config["EndpointConfigName"]["Fn::Join"][1]
    condition, with_shadow, without = name["Fn::If"]
    assert (start, condition) == ("south-mill--tool-wear--", "HasShadow")
    assert (text(with_shadow)[0], text(without)[0]) == ("s", "v")
    model = template["Resources"]["ShadowModel"]["Properties"]
    assert len(model["VpcConfig"]["Subnets"]) == 2
    assert text(model["ModelName"]) != text(
        template["Resources"]["Model"]["Properties"]["ModelName"]
    )


def test_without_a_shadow_test_there_is_one_parameter(shipped: Assembly) -> None:
    assert list(shipped.template("terrace--north-mill--tool-wear")["Parameters"]) == [
        "ModelPackageArn"
    ]
