"""A tenant's roles: under a path of the tenant's own, since CloudFormation makes up their names."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from terrace.names import TenantNames


def tenant_role(scope: Construct, construct_id: str, *, tenant: str, service: str) -> iam.Role:
    """A role that one AWS service takes on.

    Args:
        scope: Where it is.
        construct_id: What it is called there.
        tenant: Whose it is.
        service: For example `lambda`.
    """
    return iam.Role(
        scope,
        construct_id,
        path=TenantNames(tenant=tenant).role_path,
        assumed_by=iam.ServicePrincipal(f"{service}.amazonaws.com"),
    )
