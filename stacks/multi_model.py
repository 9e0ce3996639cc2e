"""A tenant's multi-model endpoint: one container on a few instances for any number of models.

It holds no model of its own. A function before each model names the artifact of the approved
version with every request (`stacks/function_endpoint.py`), and SageMaker loads what is asked for.
So a version is rolled out by the function, and the endpoint changes with the container alone.
"""

from typing import Any

from aws_cdk import Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from stacks import scaling
from stacks.endpoint_alarm import endpoint_alarm, failing
from stacks.endpoint_metrics import endpoint_metric
from stacks.fixed_names import digest
from stacks.instances import has_local_disks, vpc_config
from stacks.isolation import Isolation
from stacks.notification import Notification
from stacks.place import Place
from stacks.policies import allow
from terrace.names import ERRORS, ROLLOUT_ALARMS, SEPARATOR, VARIANT, TenantNames, joined
from terrace.settings import Tenant

_BAKE_SECONDS = 180


class MultiModelEndpoint(Construct):
    """The endpoint, with scaling and an alarm that undoes a change of the container."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        isolation: Isolation,
        notification: Notification,
        place: Place | None,
        image_uri: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._tenant, self._isolation = tenant, isolation
        self._name = TenantNames(tenant=tenant.name).multi_model_endpoint
        # SageMaker looks for what it is asked to load.
        isolation.endpoint_role.add_to_policy(
            allow(["s3:ListBucket"], [isolation.bucket.bucket_arn])
        )
        model = self._model(image_uri, place)
        endpoint = self._endpoint(self._config(model), notification)
        endpoint.node.add_dependency(isolation.endpoint_role)
        scaling.scale(self, self._name, tenant.multi_model).node.add_dependency(endpoint)

    def _model(self, image_uri: str, place: Place | None) -> sagemaker.CfnModel:
        container = sagemaker.CfnModel.ContainerDefinitionProperty(
            image=image_uri,
            mode="MultiModel",
            # Artifacts are named by their keys, and stay where their training left them.
            model_data_url=f"{self._isolation.bucket.s3_url_for_object()}/",
        )
        properties: dict[str, Any] = {
            "execution_role_arn": self._isolation.endpoint_role.role_arn,
            "primary_container": container,
            "vpc_config": vpc_config(place),
        }
        name = self._digested(properties)
        return sagemaker.CfnModel(self, "Model", model_name=name, **properties)

    def _config(self, model: sagemaker.CfnModel) -> sagemaker.CfnEndpointConfig:
        settings, kind = self._tenant.multi_model, sagemaker.CfnEndpointConfig
        local_disks = has_local_disks(settings.instance_type)
        properties: dict[str, Any] = {
            "production_variants": [
                kind.ProductionVariantProperty(
                    model_name=model.attr_model_name,
                    variant_name=VARIANT,
                    initial_variant_weight=1,
                    initial_instance_count=settings.min_instances,
                    instance_type=settings.instance_type,
                )
            ],
            "kms_key_id": None if local_disks else self._isolation.key.key_arn,
        }
        # By the model's own name: the reference to it would not change with it.
        name = self._digested([model.model_name, properties])
        return kind(self, "Config", endpoint_config_name=name, **properties)

    def _endpoint(
        self, config: sagemaker.CfnEndpointConfig, notification: Notification
    ) -> sagemaker.CfnEndpoint:
        alarm = self._alarms(config, notification)
        kind = sagemaker.CfnEndpoint
        return kind(
            self,
            "Endpoint",
            endpoint_name=self._name,
            endpoint_config_name=config.attr_endpoint_config_name,
            retain_all_variant_properties=True,
            deployment_config=kind.DeploymentConfigProperty(
                blue_green_update_policy=kind.BlueGreenUpdatePolicyProperty(
                    traffic_routing_configuration=kind.TrafficRoutingConfigProperty(
                        type="ALL_AT_ONCE", wait_interval_in_seconds=0
                    ),
                    termination_wait_in_seconds=_BAKE_SECONDS,
                ),
                auto_rollback_configuration=kind.AutoRollbackConfigProperty(
                    alarms=[kind.AlarmProperty(alarm_name=alarm.alarm_name)]
                ),
            ),
        )

    def _alarms(
        self, config: sagemaker.CfnEndpointConfig, notification: Notification
    ) -> cloudwatch.Alarm:
        """One that tells the tenant's people, and the one that undoes a change of the container."""
        most = self._tenant.multi_model.most_errors
        metric = "Invocation5XXErrors"
        endpoint_alarm(
            self,
            f"shared-{ERRORS}",
            endpoint_metric(self._name, metric, "Average"),
            most,
            name=f"{self._name}-{ERRORS}",
            description=f"{failing(most)} at endpoint {self._name}",
            topic=notification.topic,
        )
        name = config.attr_endpoint_config_name
        return endpoint_alarm(
            self,
            f"shared-{ROLLOUT_ALARMS}{ERRORS}",
            endpoint_metric(self._name, metric, "Average", config=name),
            most,
            name=f"{self._name}-{ROLLOUT_ALARMS}{ERRORS}-{Fn.select(3, Fn.split(SEPARATOR, name))}",
            description=f"Undoes a change of the container at endpoint {self._name}",
        )

    def _digested(self, properties: Any) -> str:
        """A name that changes with all that cannot be changed."""
        return joined(self._name, digest(self, self._tenant.name, properties))
