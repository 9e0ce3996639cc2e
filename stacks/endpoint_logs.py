"""The log groups of a tenant's SageMaker endpoints.

SageMaker makes them at an endpoint's first line where they do not exist: unencrypted, kept forever,
and left behind by whatever deletes the endpoint.
"""

from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.functions import log_group_of
from terrace.endpoint_settings import Lambda, MultiModel
from terrace.names import ModelNames, TenantNames
from terrace.settings import Tenant

_FOLDER = "/aws/sagemaker/Endpoints"


class EndpointLogs(Construct):
    """One log group for each endpoint, with the tenant's key and retention."""

    def __init__(
        self, scope: Construct, construct_id: str, *, tenant: Tenant, key: kms.IKey
    ) -> None:
        super().__init__(scope, construct_id)
        for name, endpoint in _endpoints(tenant).items():
            log_group_of(tenant, Construct(self, name), f"{_FOLDER}/{endpoint}", key)


def _endpoints(tenant: Tenant) -> dict[str, str]:
    """The endpoints' names, by the model's or by the kind of an endpoint that models share."""
    endpoints = {
        model.name: ModelNames(tenant=tenant.name, model=model.name).endpoint
        for model in tenant.models
        if not isinstance(model.endpoint, Lambda | MultiModel)
    }
    if tenant.on_one_endpoint:
        endpoints["MultiModel"] = TenantNames(tenant=tenant.name).multi_model_endpoint
    return endpoints
