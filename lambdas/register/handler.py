"""Register: one more version in the model registry, waiting for a person."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import client, environment
from lambdas.common.deployments import deployment
from lambdas.common.signature import SIGNATURE, signature
from lambdas.register.package import package
from lambdas.register.request import Request

logger = Logger(service="register")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Registers the version; its ARN and number."""
    request = Request.model_validate(event)
    told = environment()
    model = deployment(told.tenant, request.model)
    made = package(request, model)
    if told.signing_key:
        noted = made["CustomerMetadataProperties"]
        group, artifact = model.names.model_package_group, request.evaluation.artifact_uri
        noted[SIGNATURE] = signature(told.signing_key, group, artifact, noted)
    answer = client("sagemaker").create_model_package(**made)
    arn = str(answer["ModelPackageArn"])
    version = int(arn.rsplit("/", 1)[1])  # a version's ARN ends in its number
    logger.info("version registered", extra={"model_package_arn": arn})
    return {"model_package_arn": arn, "version": version}
