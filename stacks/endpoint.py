"""An endpoint's stack: a SageMaker endpoint, all of it hanging on the approved version.

As long as there is no version there is no endpoint.
"""

import re
from typing import Any

from aws_cdk import CfnOutput
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from stacks.endpoint_metrics import endpoint_metric
from stacks.shadow import Shadow
from stacks.tenant import TenantStack
from stacks.version_stack import MOST_ERRORS, VersionStack
from terrace.endpoint_settings import BlueGreen, RealTime
from terrace.model_settings import Model
from terrace.names import ERRORS, LATENCY, VARIANT, joined
from terrace.settings import Tenant

_MOST_MICROSECONDS = 1_000_000
_LONGEST_ROLLOUT_SECONDS = 4 * 3600


class EndpointStack(VersionStack):
    """One model's endpoint, with data capture, scaling and alarms."""

    def __init__(
        self,
        scope: Construct,
        *,
        tenant: Tenant,
        model: Model,
        endpoint: RealTime,
        shared: TenantStack,
    ) -> None:
        super().__init__(scope, tenant=tenant, model=model, shared=shared)
        self._settings = endpoint
        alarms = self._alarms()
        served = self._model_properties()
        config = self._config(self.served_model(served))
        self._scaling(self._endpoint(config, alarms))
        condition = self.only_with_version()
        if endpoint.shadow:
            Shadow(self, served).join(config, self._variant())
        CfnOutput(self, "EndpointName", value=self.names.endpoint, condition=condition)

    def _model_properties(self) -> dict[str, Any]:
        """What every model of the endpoint has, whichever version it is."""
        return {
            "execution_role_arn": self.shared.isolation.endpoint_role.role_arn,
            "vpc_config": self._vpc_config(),
            # The container answers requests and needs nobody else.
            "enable_network_isolation": True,
        }

    def _variant(self) -> dict[str, Any]:
        """A variant, in CloudFormation's own form."""
        return {
            "InitialInstanceCount": self._settings.min_instances,
            "InitialVariantWeight": 1,
            "InstanceType": self._settings.instance_type,
        }

    def _vpc_config(self) -> sagemaker.CfnModel.VpcConfigProperty | None:
        if self.shared.place is None:
            return None
        return sagemaker.CfnModel.VpcConfigProperty(
            subnets=list(self.shared.place.subnets),
            security_group_ids=list(self.shared.place.security_groups),
        )

    def _config(self, model: sagemaker.CfnModel) -> sagemaker.CfnEndpointConfig:
        settings = self._settings
        key_arn = self.shared.isolation.key.key_arn
        properties: dict[str, Any] = {
            "production_variants": [
                sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                    model_name=model.attr_model_name,
                    variant_name=VARIANT,
                    initial_variant_weight=1,
                    initial_instance_count=settings.min_instances,
                    instance_type=settings.instance_type,
                )
            ],
            "data_capture_config": self._capture(),
            "kms_key_id": None if has_local_disks(settings.instance_type) else key_arn,
        }
        name = self.versioned_name(properties)
        return sagemaker.CfnEndpointConfig(self, "Config", endpoint_config_name=name, **properties)

    def _capture(self) -> sagemaker.CfnEndpointConfig.DataCaptureConfigProperty:
        isolation = self.shared.isolation
        mode = sagemaker.CfnEndpointConfig.CaptureOptionProperty
        return sagemaker.CfnEndpointConfig.DataCaptureConfigProperty(
            enable_capture=True,
            initial_sampling_percentage=self.model.capture.sampling_percentage,
            destination_s3_uri=isolation.bucket.s3_url_for_object(f"{self.model.name}/capture"),
            kms_key_id=isolation.key.key_arn,
            capture_options=[mode(capture_mode="Input"), mode(capture_mode="Output")],
            # Captured as text; whatever else comes is captured in Base64.
            capture_content_type_header=(
                sagemaker.CfnEndpointConfig.CaptureContentTypeHeaderProperty(
                    csv_content_types=["text/csv"], json_content_types=["application/json"]
                )
            ),
        )

    def _endpoint(
        self, config: sagemaker.CfnEndpointConfig, alarms: list[cloudwatch.Alarm]
    ) -> sagemaker.CfnEndpoint:
        kind = sagemaker.CfnEndpoint
        return kind(
            self,
            "Endpoint",
            endpoint_name=self.names.endpoint,
            endpoint_config_name=config.attr_endpoint_config_name,
            # A rollout keeps as many instances as scaling has made, not as many as at first.
            retain_all_variant_properties=True,
            exclude_retained_variant_properties=[
                kind.VariantPropertyProperty(variant_property_type="DataCaptureConfig")
            ],
            deployment_config=kind.DeploymentConfigProperty(
                blue_green_update_policy=kind.BlueGreenUpdatePolicyProperty(
                    traffic_routing_configuration=_routing(self._settings.rollout),
                    termination_wait_in_seconds=60 * self._settings.rollout.bake_minutes,
                    maximum_execution_timeout_in_seconds=_LONGEST_ROLLOUT_SECONDS,
                ),
                auto_rollback_configuration=kind.AutoRollbackConfigProperty(
                    alarms=[kind.AlarmProperty(alarm_name=alarm.alarm_name) for alarm in alarms]
                ),
            ),
        )

    def _scaling(self, endpoint: sagemaker.CfnEndpoint) -> None:
        settings = self._settings
        target = scaling.CfnScalableTarget(
            self,
            "ScalableTarget",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=f"endpoint/{self.names.endpoint}/variant/{VARIANT}",
            min_capacity=settings.min_instances,
            max_capacity=settings.max_instances,
        )
        target.node.add_dependency(endpoint)
        policy = scaling.CfnScalingPolicy
        policy(
            self,
            "ScalingPolicy",
            policy_name=joined(self.names.base, "invocations"),
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration=(
                policy.TargetTrackingScalingPolicyConfigurationProperty(
                    target_value=settings.invocations_per_instance,
                    predefined_metric_specification=policy.PredefinedMetricSpecificationProperty(
                        predefined_metric_type="SageMakerVariantInvocationsPerInstance"
                    ),
                )
            ),
        )

    def _alarms(self) -> list[cloudwatch.Alarm]:
        """Tell the tenant's people, and undo a rollout that runs."""
        # The average of a metric that is 1 for each failed request is the failed share.
        errors = endpoint_metric(self.names, "Invocation5XXErrors", "Average")
        latency = endpoint_metric(self.names, "ModelLatency", "p90")
        return [
            self.alarm(ERRORS, errors, MOST_ERRORS, "More than 5 % of the requests fail"),
            self.alarm(LATENCY, latency, _MOST_MICROSECONDS, "A tenth takes over a second"),
        ]


def _routing(shift: BlueGreen) -> sagemaker.CfnEndpoint.TrafficRoutingConfigProperty:
    kind = sagemaker.CfnEndpoint
    size = kind.CapacitySizeProperty(type="CAPACITY_PERCENT", value=shift.percent)
    match shift.traffic:
        case "canary":
            step = {"canary_size": size}
        case "linear":
            step = {"linear_step_size": size}
        case "all-at-once":
            step = {}
    return kind.TrafficRoutingConfigProperty(
        type=shift.traffic.replace("-", "_").upper(),
        wait_interval_in_seconds=60 * shift.wait_minutes if step else 0,
        **step,
    )


def has_local_disks(instance_type: str) -> bool:
    """Whether SageMaker would refuse a key for the volume, since there are disks in the machine.

    >>> [has_local_disks(f"ml.{family}.xlarge") for family in ("m5", "m5d", "g4dn", "c6id", "g5")]
    [False, True, True, True, True]
    """
    family = instance_type.split(".")[1]
    return bool(re.match(r"(g5|g6|p5|trn)|[a-z]+\d+[a-z]*d", family))
