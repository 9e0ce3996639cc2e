"""A model's stack with a serverless endpoint, and the function before it that captures.

SageMaker captures nothing of a serverless endpoint and shifts no traffic to a new version of it:
it changes at once, and the smoke test after it sets it back.
"""

from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from pipelines.served import OUTPUT
from stacks.endpoint_alarm import failing
from stacks.serving import Serving
from stacks.serving_function import ServingFunction
from stacks.tenant import TenantStack
from stacks.version_stack import VersionStack
from terrace.endpoint_settings import Serverless
from terrace.model_settings import Model
from terrace.names import ERRORS, VARIANT
from terrace.settings import Tenant


class ServerlessEndpointStack(VersionStack):
    """One model's serverless endpoint; as long as there is no version, the function alone."""

    def __init__(
        self,
        scope: Construct,
        *,
        tenant: Tenant,
        model: Model,
        endpoint: Serverless,
        shared: TenantStack,
        serving: Serving,
        root: Path,
    ) -> None:
        super().__init__(scope, tenant=tenant, model=model, shared=shared)
        role = shared.isolation.endpoint_role
        model_of_version = self.served_model({"execution_role_arn": role.role_arn})
        config = self._config(endpoint, model_of_version)
        self._endpoint(config)
        condition = self.only_with_version()
        CfnOutput(self, OUTPUT, value=config.attr_endpoint_config_name, condition=condition)
        answering = ServingFunction(self, serving=serving, root=root, endpoint=self.names.endpoint)
        failed, most = answering.of_all().failed_share(), endpoint.most_errors
        self.alarm(ERRORS, failed, most, failing(most))
        CfnOutput(self, "EndpointName", value=answering.alias.function_arn)

    def _config(
        self, settings: Serverless, model: sagemaker.CfnModel
    ) -> sagemaker.CfnEndpointConfig:
        kind = sagemaker.CfnEndpointConfig
        properties: dict[str, Any] = {
            "production_variants": [
                kind.ProductionVariantProperty(
                    model_name=model.attr_model_name,
                    variant_name=VARIANT,
                    initial_variant_weight=1,
                    serverless_config=kind.ServerlessConfigProperty(
                        max_concurrency=settings.max_concurrency,
                        memory_size_in_mb=settings.memory_mb,
                    ),
                )
            ],
            "kms_key_id": self.shared.isolation.key.key_arn,
        }
        name = self.versioned_name(properties)
        return kind(self, "Config", endpoint_config_name=name, **properties)

    def _endpoint(self, config: sagemaker.CfnEndpointConfig) -> None:
        sagemaker.CfnEndpoint(
            self,
            "Endpoint",
            endpoint_name=self.names.endpoint,
            endpoint_config_name=config.attr_endpoint_config_name,
        )
