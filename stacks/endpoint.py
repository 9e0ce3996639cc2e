"""An endpoint's stack: what serves one model, all of it hanging on one parameter.

`ModelPackageArn` is the approved version. As long as it is `none` there is no endpoint; the
approval state machine changes it, `cdk deploy` leaves it as it is.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from aws_cdk import (
    CfnCondition,
    CfnOutput,
    CfnParameter,
    CfnResource,
    DefaultStackSynthesizer,
    Duration,
    Fn,
    Stack,
    Tags,
)
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from pipelines.approval import PARAMETER
from stacks.endpoint_metrics import VARIANT, endpoint_metric
from stacks.tenant import TenantStack
from terrace.model_settings import Model
from terrace.names import TENANT_TAG, ModelNames, joined
from terrace.settings import Tenant

NO_VERSION = "none"

_MOST_ERRORS = 0.05  # of all requests
_MOST_MICROSECONDS = 1_000_000
_BAKING_SECONDS = 180  # how long the old fleet waits beside the new one for an alarm
_LONGEST_ROLLOUT_SECONDS = 3600
_DIGEST_LENGTH = 6


class EndpointStack(Stack):
    """One model's endpoint, with data capture, scaling and alarms."""

    def __init__(
        self, scope: Construct, *, tenant: Tenant, model: Model, shared: TenantStack
    ) -> None:
        self._names = ModelNames(tenant=tenant.name, model=model.name)
        super().__init__(
            scope,
            self._names.stack,
            description=f"Terrace: endpoint of {model.name} of {tenant.name}",
            # The rule reads a parameter of the bootstrap stack at each update, which the role
            # that rolls a version out has no business with.
            synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        Tags.of(self).add(TENANT_TAG, tenant.name)
        self._model = model
        self._shared = shared
        self._version = CfnParameter(
            self,
            PARAMETER,
            default=NO_VERSION,
            allowed_pattern=rf"{NO_VERSION}|arn:[^:]+:sagemaker:.+:model-package/.+/\d+",
            description="The approved version; set by the approval state machine",
        ).value_as_string
        alarms = self._alarms()
        config = self._config(self._served_model())
        endpoint = self._endpoint(config, alarms)
        self._scaling(endpoint)
        self._only_with_version()

    def _served_model(self) -> sagemaker.CfnModel:
        properties: dict[str, Any] = {
            "execution_role_arn": self._shared.isolation.endpoint_role.role_arn,
            "containers": [
                sagemaker.CfnModel.ContainerDefinitionProperty(model_package_name=self._version)
            ],
            # The container answers requests and needs nobody else.
            "enable_network_isolation": True,
        }
        name = self._versioned_name(properties)
        return sagemaker.CfnModel(self, "Model", model_name=name, **properties)

    def _config(self, model: sagemaker.CfnModel) -> sagemaker.CfnEndpointConfig:
        settings = self._model.endpoint
        key_arn = self._shared.isolation.key.key_arn
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
        name = self._versioned_name(properties)
        return sagemaker.CfnEndpointConfig(self, "Config", endpoint_config_name=name, **properties)

    def _capture(self) -> sagemaker.CfnEndpointConfig.DataCaptureConfigProperty:
        isolation = self._shared.isolation
        mode = sagemaker.CfnEndpointConfig.CaptureOptionProperty
        return sagemaker.CfnEndpointConfig.DataCaptureConfigProperty(
            enable_capture=True,
            initial_sampling_percentage=self._model.capture.sampling_percentage,
            destination_s3_uri=isolation.bucket.s3_url_for_object(f"{self._model.name}/capture"),
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
            endpoint_name=self._names.endpoint,
            endpoint_config_name=config.attr_endpoint_config_name,
            # A rollout keeps as many instances as scaling has made, not as many as at first.
            retain_all_variant_properties=True,
            exclude_retained_variant_properties=[
                kind.VariantPropertyProperty(variant_property_type="DataCaptureConfig")
            ],
            deployment_config=kind.DeploymentConfigProperty(
                blue_green_update_policy=kind.BlueGreenUpdatePolicyProperty(
                    traffic_routing_configuration=kind.TrafficRoutingConfigProperty(
                        type="ALL_AT_ONCE", wait_interval_in_seconds=0
                    ),
                    termination_wait_in_seconds=_BAKING_SECONDS,
                    maximum_execution_timeout_in_seconds=_LONGEST_ROLLOUT_SECONDS,
                ),
                auto_rollback_configuration=kind.AutoRollbackConfigProperty(
                    alarms=[kind.AlarmProperty(alarm_name=alarm.alarm_name) for alarm in alarms]
                ),
            ),
        )

    def _scaling(self, endpoint: sagemaker.CfnEndpoint) -> None:
        settings = self._model.endpoint
        target = scaling.CfnScalableTarget(
            self,
            "ScalableTarget",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=f"endpoint/{self._names.endpoint}/variant/{VARIANT}",
            min_capacity=settings.min_instances,
            max_capacity=settings.max_instances,
        )
        target.node.add_dependency(endpoint)
        policy = scaling.CfnScalingPolicy
        policy(
            self,
            "ScalingPolicy",
            policy_name=joined(self._names.base, "invocations"),
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
        errors = endpoint_metric(self._names, "Invocation5XXErrors", "Average")
        latency = endpoint_metric(self._names, "ModelLatency", "p90")
        return [
            self._alarm("errors", errors, _MOST_ERRORS, "More than 5 % of the requests fail"),
            self._alarm("latency", latency, _MOST_MICROSECONDS, "A tenth takes over a second"),
        ]

    def _alarm(
        self, name: str, metric: cloudwatch.Metric, threshold: float, description: str
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            f"Alarm-{name}",
            alarm_name=joined(self._names.base, name),
            alarm_description=f"{description} at endpoint {self._names.endpoint}",
            metric=metric.with_(period=Duration.minutes(1)),
            threshold=threshold,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._shared.notification.topic))
        return alarm

    def _versioned_name(self, properties: Mapping[str, Any]) -> str:
        """A name that changes with the version and with everything that cannot be changed.

        CloudFormation replaces such a resource, and could not if the new one had the old name.
        """
        fixed = json.dumps(self.resolve(properties), sort_keys=True)
        digest = hashlib.sha256(fixed.encode()).hexdigest()[:_DIGEST_LENGTH]
        version = Fn.select(2, Fn.split("/", self._version))
        return joined(self._names.base, f"v{version}", digest)

    def _only_with_version(self) -> None:
        condition = CfnCondition(
            self,
            "HasVersion",
            expression=Fn.condition_not(Fn.condition_equals(self._version, NO_VERSION)),
        )
        for construct in self.node.find_all():
            if isinstance(construct, CfnResource):
                construct.cfn_options.condition = condition
        CfnOutput(self, "EndpointName", value=self._names.endpoint, condition=condition)


def has_local_disks(instance_type: str) -> bool:
    """Whether SageMaker would refuse a key for the volume, since there are disks in the machine.

    >>> [has_local_disks(f"ml.{family}.xlarge") for family in ("m5", "m5d", "g4dn", "c6id", "g5")]
    [False, True, True, True, True]
    """
    family = instance_type.split(".")[1]
    return bool(re.match(r"(g5|g6|p5|trn)|[a-z]+\d+[a-z]*d", family))
