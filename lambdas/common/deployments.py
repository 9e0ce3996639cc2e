"""Where a function learns about a model: its SSM parameter."""

from botocore.exceptions import ClientError

from lambdas.common.aws import client, says
from terrace.deployment import Deployment
from terrace.errors import TerraceError
from terrace.names import ModelNames


class ModelNotDeployed(TerraceError):
    """The tenant has no such model."""


def deployment(tenant: str, model: str) -> Deployment:
    """One model of the tenant, as deployed.

    Raises:
        ModelNotDeployed: The tenant has no such model.
    """
    name = ModelNames(tenant=tenant, model=model).parameter
    try:
        answer = client("ssm").get_parameter(Name=name)
    except ClientError as error:
        if says(error, "ParameterNotFound"):
            raise ModelNotDeployed(
                f"model {model!r} of tenant {tenant!r}: no SSM parameter {name}; "
                "expected a model that terrace.yaml names and that is deployed"
            ) from error
        raise
    return Deployment.model_validate_json(answer["Parameter"]["Value"])
