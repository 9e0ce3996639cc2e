"""The ARNs of a tenant's resources by name, for policies that cannot hold the resource itself.

A wildcard follows the separator, which no name may hold: `north--*` never reaches `north-west`.
"""

from aws_cdk import Aws

from terrace.names import PREFIX, SEPARATOR, SERVE, joined

# Asked for once: each is a call to the CDK's own process, and a tenant has a hundred ARNs.
_PARTITION, _REGION, _ACCOUNT = Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID


def arn(service: str, resource: str) -> str:
    """A resource of this account and region."""
    return f"arn:{_PARTITION}:{service}:{_REGION}:{_ACCOUNT}:{resource}"


def sagemaker(tenant: str, *kinds: str) -> list[str]:
    """All of a tenant's SageMaker resources of these kinds."""
    return [arn("sagemaker", f"{kind}/{tenant}{SEPARATOR}*") for kind in kinds]


def model_packages(tenant: str) -> list[str]:
    """All versions of all of a tenant's models."""
    return [arn("sagemaker", f"model-package/{tenant}{SEPARATOR}*/*")]


def endpoint_stacks(tenant: str) -> list[str]:
    """The endpoint stacks of all of a tenant's models."""
    return [arn("cloudformation", f"stack/{joined(PREFIX, tenant, '*')}/*")]


def state_machine(name: str) -> str:
    """A state machine that does not exist yet where its ARN is needed."""
    return arn("states", f"stateMachine:{name}")


def parameters(tenant: str) -> list[str]:
    """The SSM parameters of all of a tenant's models."""
    return [arn("ssm", f"parameter/{PREFIX}/{tenant}/*")]


def serving_functions(tenant: str, end: str = "") -> list[str]:
    """The functions that serve a tenant's models; `end` names a version of each."""
    return [arn("lambda", f"function:{joined(PREFIX, tenant, SERVE, '*')}{end}")]
