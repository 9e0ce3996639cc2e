"""The service-linked roles that AWS makes at a first use, by the rights of whoever deploys."""

from collections.abc import Iterator, Mapping, Sequence

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.finding import Finding, ok, problem

_CHECK = "service-roles"
_ACTION = "iam:CreateServiceLinkedRole"
# CloudFormation type to the role and its service. Source: each service's page on its
# service-linked role.
_ROLES: Mapping[str, tuple[str, str]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
        "sagemaker.application-autoscaling.amazonaws.com",
    ),
    "AWS::ApiGateway::RestApi": (
        "AWSServiceRoleForAPIGateway",
        "ops.apigateway.amazonaws.com",
    ),
    "AWS::EMRServerless::Application": (
        "AWSServiceRoleForAmazonEMRServerless",
        "ops.emr-serverless.amazonaws.com",
    ),
}


def check(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Looks for each role that a type of the templates needs, and for who would make it."""
    types = {resource.type for resource in assembly.resources}
    absent = [
        (name, service)
        for kind, (name, service) in _ROLES.items()
        if kind in types and account.find("iam", "get_role", RoleName=name) is None
    ]
    if not absent:
        yield ok(_CHECK, "the service-linked roles that the stacks need exist")
    elif _may_create(account, assembly.execution_roles):
        names = ", ".join(name for name, _ in absent)
        yield ok(_CHECK, f"the deployment makes the service-linked roles {names}")
    else:
        for name, service in absent:
            yield problem(
                _CHECK,
                f"{name} does not exist, and the role that deploys may not call {_ACTION}",
                f"`aws iam create-service-linked-role --aws-service-name {service}`",
            )


def _may_create(account: Account, roles: Sequence[str]) -> bool:
    """Whether IAM would let each of these roles make a service-linked role.

    A role that does not exist yet is the bootstrap stack's to make, with an administrator's rights
    unless `cdk bootstrap` is told otherwise.
    """
    for template in roles:
        arn = (
            template.replace("${AWS::Partition}", account.partition)
            .replace("${AWS::AccountId}", account.number)
            .replace("${AWS::Region}", str(account.region))
        )
        if account.find("iam", "get_role", RoleName=arn.rpartition("/")[2]) is None:
            continue
        results = account.call(
            "iam", "simulate_principal_policy", PolicySourceArn=arn, ActionNames=[_ACTION]
        )["EvaluationResults"]
        if any(result["EvalDecision"] != "allowed" for result in results):
            return False
    return True
