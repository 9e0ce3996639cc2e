"""Whether the region has every service that the stacks use."""

from collections.abc import Iterator

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.finding import Finding, ok, problem

_CHECK = "region"
# The service's part of a CloudFormation type to boto3's name of the service, where they differ.
_CLIENTS = {
    "ApplicationAutoScaling": "application-autoscaling",
    "CloudWatch": "cloudwatch",
    "EMRServerless": "emr-serverless",
    "KinesisFirehose": "firehose",
    "StepFunctions": "stepfunctions",
}
# Services of every region, and pseudo-types that no service stands behind.
_EVERYWHERE = {"CDK", "CloudFormation", "IAM"}


def check(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Compares the services of the templates with those that the region has.

    Whether a region has a service is in the endpoint data that botocore ships; whether the account
    may use the region, SageMaker itself answers.
    """
    missing = [
        client
        for client in _clients(assembly)
        if account.region
        not in account.session.get_available_regions(client, partition_name=account.partition)
    ]
    if missing:
        yield problem(
            _CHECK,
            f"{account.region} does not have {', '.join(missing)}, which the stacks use",
            "choose another region, for example by AWS_REGION",
        )
        return
    account.call("sagemaker", "list_endpoints", MaxResults=1)
    yield ok(_CHECK, f"{account.region} has SageMaker and the other services of the stacks")


def _clients(assembly: Assembly) -> list[str]:
    types = [resource.type.split("::") for resource in assembly.resources]
    services = {service for vendor, service, *_ in types if vendor == "AWS"}
    return sorted(_CLIENTS.get(name, name.lower()) for name in services - _EVERYWHERE)
