"""Each check of the doctor says what is wrong, by what the account answers."""

from pathlib import Path
from typing import Any

import pytest

from terrace.cli.doctor import examine
from terrace.cli.doctor.checks import (
    bootstrap,
    images,
    leftovers,
    names,
    quotas,
    service_roles,
    singletons,
    zones,
)
from terrace.cli.doctor.finding import Finding, Verdict
from tests.unit.doctor.accounts import NUMBER, FakeAccount, assembly, small

QUOTA = {"QuotaCode": "L-FE177D64", "QuotaName": "Roles per account", "Adjustable": True}
NO_STACKS = {"cloudformation.describe_stacks": {"Stacks": []}}


def the(findings: Any) -> Finding:
    """The only finding."""
    (finding,) = findings
    return finding


@pytest.mark.parametrize(
    ("version", "verdict"), [("5", Verdict.PROBLEM), ("6", Verdict.OK), ("33", Verdict.OK)]
)
def test_the_bootstrap_stack_must_be_new_enough(
    tmp_path: Path, version: str, verdict: Verdict
) -> None:
    account: Any = FakeAccount(responses={"ssm.get_parameter": {"Parameter": {"Value": version}}})
    assert the(bootstrap.check(account, assembly(tmp_path, {}))).verdict is verdict


def test_an_account_that_is_not_bootstrapped_gets_the_command(tmp_path: Path) -> None:
    account: Any = FakeAccount(absent={"ssm.get_parameter"})
    finding = the(bootstrap.check(account, assembly(tmp_path, {})))
    assert finding.verdict is Verdict.PROBLEM
    assert f"cdk bootstrap aws://{NUMBER}/eu-west-1" in finding.remedy


def test_no_docker_is_needed_without_images(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CDK_DOCKER", "no-such-program")
    account: Any = FakeAccount()
    assert the(images.check(account, assembly(tmp_path, {}))).verdict is Verdict.OK
    finding = the(images.check(account, assembly(tmp_path, {}, images=2)))
    assert finding.verdict is Verdict.PROBLEM
    assert "2 container images" in finding.message
    assert "no-such-program" in finding.message


def test_a_program_without_an_engine_is_a_problem(tmp_path: Path, monkeypatch: Any) -> None:
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho Cannot connect to the Docker daemon >&2; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("CDK_DOCKER", str(program))
    account: Any = FakeAccount()
    finding = the(images.check(account, assembly(tmp_path, {}, images=1)))
    assert finding.verdict is Verdict.PROBLEM
    assert "Cannot connect to the Docker daemon" in finding.message


PROVIDER = f"arn:aws:iam::{NUMBER}:oidc-provider/token.actions.githubusercontent.com"
GITHUB = {
    "GitHub": ("AWS::IAM::OIDCProvider", {"Url": "https://token.actions.githubusercontent.com"})
}


def providers(*arns: str) -> dict[str, Any]:
    listed = [{"Arn": arn} for arn in arns]
    return {"iam.list_open_id_connect_providers": {"OpenIDConnectProviderList": listed}}


@pytest.mark.parametrize(
    ("arns", "verdict"),
    [
        ((), Verdict.OK),
        ((PROVIDER,), Verdict.PROBLEM),
        ((f"arn:aws:iam::{NUMBER}:oidc-provider/gitlab.com",), Verdict.OK),
    ],
)
def test_another_oidc_provider_of_github_is_a_problem(
    tmp_path: Path, arns: tuple[str, ...], verdict: Verdict
) -> None:
    account: Any = FakeAccount(responses=NO_STACKS | providers(*arns))
    assert the(singletons.check(account, assembly(tmp_path, GITHUB))).verdict is verdict


def test_the_oidc_provider_of_an_earlier_deployment_is_our_own(tmp_path: Path) -> None:
    stacks = [{"StackName": "terrace--north", "StackStatus": "CREATE_COMPLETE"}]
    resources = [{"PhysicalResourceId": PROVIDER, "ResourceStatus": "CREATE_COMPLETE"}]
    account: Any = FakeAccount(
        responses={
            "cloudformation.describe_stacks": {"Stacks": stacks},
            "cloudformation.list_stack_resources": {"StackResourceSummaries": resources},
        }
        | providers(PROVIDER)
    )
    assert the(singletons.check(account, assembly(tmp_path, GITHUB))).verdict is Verdict.OK


def test_an_existing_logging_role_of_api_gateway_is_a_warning(tmp_path: Path) -> None:
    role = f"arn:aws:iam::{NUMBER}:role/logs"
    account: Any = FakeAccount(
        responses=NO_STACKS | providers() | {"apigateway.get_account": {"cloudwatchRoleArn": role}}
    )
    found = assembly(tmp_path, {"ApiLogs": ("AWS::ApiGateway::Account", {})})
    finding = the(singletons.check(account, found))
    assert (finding.verdict, role in finding.message) == (Verdict.WARNING, True)


@pytest.mark.parametrize(
    ("status", "verdict", "remedy"),
    [
        ("ROLLBACK_COMPLETE", Verdict.PROBLEM, "delete-stack --stack-name terrace--north"),
        ("CREATE_FAILED", Verdict.PROBLEM, "delete-stack"),
        ("UPDATE_ROLLBACK_FAILED", Verdict.PROBLEM, "continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", Verdict.WARNING, "wait"),
        ("UPDATE_ROLLBACK_COMPLETE", Verdict.OK, ""),
        ("CREATE_COMPLETE", Verdict.OK, ""),
    ],
)
def test_a_deployment_that_failed_half_way_is_named(
    tmp_path: Path, status: str, verdict: Verdict, remedy: str
) -> None:
    stacks = [{"StackName": "terrace--north", "StackStatus": status}]
    account: Any = FakeAccount(responses={"cloudformation.describe_stacks": {"Stacks": stacks}})
    finding = the(leftovers.check(account, assembly(tmp_path, {})))
    assert finding.verdict is verdict
    assert remedy in finding.remedy


def test_a_stack_of_somebody_else_is_no_leftover(tmp_path: Path) -> None:
    stacks = [{"StackName": "other", "StackStatus": "ROLLBACK_COMPLETE"}]
    account: Any = FakeAccount(responses={"cloudformation.describe_stacks": {"Stacks": stacks}})
    assert the(leftovers.check(account, assembly(tmp_path, {}))).verdict is Verdict.OK


def test_a_bucket_that_exists_already_is_named(tmp_path: Path) -> None:
    taken = {"Bucket": ("AWS::S3::Bucket", {"BucketName": "terrace--north--data"})}
    listed = {"s3.list_buckets": {"Buckets": [{"Name": "terrace--north--data"}, {"Name": "b"}]}}
    account: Any = FakeAccount(responses=NO_STACKS | listed)
    finding, free = names.check(account, assembly(tmp_path, taken))
    assert finding.verdict is Verdict.PROBLEM
    assert "terrace--north--data" in finding.message
    assert "0 of 1 fixed names" in free.message


def test_names_that_cannot_be_listed_are_unknown_and_not_free(tmp_path: Path) -> None:
    taken = {"Bucket": ("AWS::S3::Bucket", {"BucketName": "terrace--north--data"})}
    account: Any = FakeAccount(responses=dict(NO_STACKS))
    findings = list(names.check(account, assembly(tmp_path, taken)))
    assert findings[0].verdict is Verdict.UNKNOWN
    assert "0 of 1 fixed names" in findings[-1].message


def quota_account(**values: float) -> Any:
    listed = [
        {"Adjustable": True, "QuotaCode": code, "QuotaName": code, "Value": value}
        for code, value in values.items()
    ]
    return FakeAccount(
        responses=NO_STACKS
        | {
            "service-quotas.list_service_quotas": {"Quotas": listed},
            "service-quotas.list_aws_default_service_quotas": {"Quotas": listed},
        }
    )


def instances(endpoint: float, training: float) -> Any:
    return quota_account(
        **{
            "Stacks": 2000,
            "ml.m5.large for endpoint usage": endpoint,
            "ml.m5.large for training job usage": training,
        }
    )


@pytest.mark.parametrize(
    ("endpoint", "training", "verdicts"),
    [
        (20, 20, [Verdict.OK]),
        (0, 20, [Verdict.PROBLEM]),  # a new account
        (2, 20, [Verdict.WARNING]),  # serves, and cannot roll out at full size
        (20, 0, [Verdict.PROBLEM]),
        (0, 0, [Verdict.PROBLEM, Verdict.PROBLEM]),
    ],
)
def test_instances_are_compared_with_sagemakers_quotas(
    tmp_path: Path, endpoint: float, training: float, verdicts: list[Verdict]
) -> None:
    findings = list(quotas.check(instances(endpoint, training), assembly(tmp_path, {})))
    assert [finding.verdict for finding in findings] == verdicts


def test_a_quota_that_service_quotas_does_not_know_is_unknown(tmp_path: Path) -> None:
    findings = list(quotas.check(quota_account(Stacks=2000), assembly(tmp_path, {})))
    assert {finding.verdict for finding in findings} == {Verdict.UNKNOWN}


def test_what_exists_besides_counts_against_a_quota(tmp_path: Path) -> None:
    account = instances(20, 20)
    vpcs = {"Vpcs": [{"VpcId": f"vpc-{place}"} for place in range(5)]}
    account.responses["ec2.describe_vpcs"] = vpcs
    account.responses["service-quotas.list_service_quotas"]["Quotas"].append(
        {"QuotaCode": "L-F678F1CE", "QuotaName": "VPCs per Region", "Value": 5}
    )
    findings = list(
        quotas.check(
            account, assembly(tmp_path, {"Vpc": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})})
        )
    )
    assert the(findings).verdict is Verdict.PROBLEM
    assert "needs 1, besides 5 that exist; the account may have 5" in the(findings).message


SERVICE = {"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".sagemaker.api"]]}


def networked(tmp_path: Path, **subnet: Any) -> Any:
    return assembly(
        tmp_path,
        {
            "Subnet": ("AWS::EC2::Subnet", subnet),
            "Door": (
                "AWS::EC2::VPCEndpoint",
                {"VpcEndpointType": "Interface", "ServiceName": SERVICE},
            ),
        },
    )


def zoned(*offered: str) -> Any:
    known = [
        {"ZoneName": f"eu-west-1{letter}", "ZoneId": f"euw1-az{place}"}
        for place, letter in enumerate("abc", start=1)
    ]
    services = [
        {"ServiceName": "com.amazonaws.eu-west-1.sagemaker.api", "AvailabilityZones": list(offered)}
    ]
    return FakeAccount(
        responses={
            "ec2.describe_availability_zones": {"AvailabilityZones": known},
            "ec2.describe_vpc_endpoint_services": {"ServiceDetails": services},
        }
    )


@pytest.mark.parametrize(
    ("subnet", "offered", "verdict"),
    [
        ({"AvailabilityZone": {"Fn::Select": [1, {"Fn::GetAZs": ""}]}}, "b", Verdict.OK),
        ({"AvailabilityZone": {"Fn::Select": [1, {"Fn::GetAZs": ""}]}}, "ac", Verdict.PROBLEM),
        ({"AvailabilityZoneId": "euw1-az3"}, "c", Verdict.OK),
        ({"AvailabilityZoneId": "euw1-az3"}, "ab", Verdict.PROBLEM),
        ({"AvailabilityZoneId": "use1-az3"}, "abc", Verdict.PROBLEM),
        ({"AvailabilityZone": {"Fn::Select": [7, {"Fn::GetAZs": ""}]}}, "abc", Verdict.PROBLEM),
    ],
)
def test_the_zones_of_a_network_have_its_interface_endpoints(
    tmp_path: Path, subnet: dict[str, Any], offered: str, verdict: Verdict
) -> None:
    account = zoned(*(f"eu-west-1{letter}" for letter in offered))
    assert the(zones.check(account, networked(tmp_path, **subnet))).verdict is verdict


@pytest.mark.parametrize(
    ("decision", "verdict"), [("allowed", Verdict.OK), ("implicitDeny", Verdict.PROBLEM)]
)
def test_a_narrowed_role_that_cannot_make_service_linked_roles_is_a_problem(
    tmp_path: Path, decision: str, verdict: Verdict
) -> None:
    simulated = {"EvaluationResults": [{"EvalDecision": decision}]}

    account: Any = FakeAccount(
        roles={"cdk"}, responses={"iam.simulate_principal_policy": simulated}
    )
    target = {"Target": ("AWS::ApplicationAutoScaling::ScalableTarget", {})}
    assert the(service_roles.check(account, assembly(tmp_path, target))).verdict is verdict


def test_without_credentials_nothing_else_is_asked(tmp_path: Path) -> None:
    account: Any = FakeAccount(absent={"sts.get_caller_identity"})
    finding = the(examine(account, assembly(tmp_path, {})))
    assert (finding.check, finding.verdict) == ("credentials", Verdict.PROBLEM)


def test_without_a_region_nothing_else_is_asked(tmp_path: Path) -> None:
    account: Any = FakeAccount(region=None)
    assert "AWS_REGION" in the(examine(account, assembly(tmp_path, {}))).remedy


def test_settings_of_more_instances_need_more(tmp_path: Path) -> None:
    model = {"name": "wear", "source": "examples/cnc-mill", "label": "worn"}
    model["endpoint"] = {"min_instances": 30, "max_instances": 40}
    found = assembly(tmp_path, {}, settings=small(models=[model]))
    finding = the(quotas.check(instances(20, 20), found))
    assert "needs 30; the account may have 20" in finding.message
    assert "--desired-value 80" in finding.remedy
