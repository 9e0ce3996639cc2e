"""An endpoint's stack: a SageMaker endpoint, all of it hanging on the approved version.

As long as there is no version there is no endpoint.
"""

from typing import Any

from aws_cdk import CfnOutput, Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from pipelines.served import OUTPUT
from stacks import candidate, scaling
from stacks.asynchronous import Answers
from stacks.endpoint_alarm import failing, rollout_alarm, slow
from stacks.endpoint_metrics import capture_lost, endpoint_metric, queue_metric
from stacks.instances import has_local_disks, vpc_config
from stacks.tenant import TenantStack
from stacks.version_stack import VersionStack
from terrace.endpoint_settings import Asynchronous, RealTime
from terrace.model_settings import Model
from terrace.names import CHALLENGER, CHALLENGER_ALARMS, ERRORS, LATENCY, SEPARATOR, VARIANT
from terrace.rollout_settings import BlueGreen
from terrace.settings import Tenant


class EndpointStack(VersionStack):
    """One model's endpoint on instances, with capture, scaling and alarms."""

    def __init__(
        self,
        scope: Construct,
        *,
        tenant: Tenant,
        model: Model,
        endpoint: RealTime | Asynchronous,
        shared: TenantStack,
    ) -> None:
        super().__init__(scope, tenant=tenant, model=model, shared=shared)
        self._settings = endpoint
        self._alarms()
        served = self._model_properties()
        properties = self._config(self.served_model(served))
        name = self.versioned_name(properties)
        config = sagemaker.CfnEndpointConfig(
            self, "Config", endpoint_config_name=name, **properties
        )
        made = self._endpoint(config, self._rollout_alarms(config))
        scaling.scale(self, self.names.endpoint, endpoint).node.add_dependency(made)
        condition = self.only_with_version()
        self._beside(config, properties, made, served)
        CfnOutput(self, "EndpointName", value=self.names.endpoint, condition=condition)
        CfnOutput(self, OUTPUT, value=config.attr_endpoint_config_name, condition=condition)

    def _beside(
        self,
        config: sagemaker.CfnEndpointConfig,
        properties: dict[str, Any],
        made: sagemaker.CfnEndpoint,
        model: dict[str, Any],
    ) -> None:
        """The second versions that there may be."""
        like, candidates = self._variant(), []
        if self._settings.shadow:
            candidates.append(candidate.shadow(self, config, like, model))
        if asked := self._settings.ab_test:
            candidates.append(candidate.challenger(self, config, made, like, model, asked))
        if candidates:
            candidate.name_by(self, config, properties, *candidates)

    def _model_properties(self) -> dict[str, Any]:
        """What every model of the endpoint has, whichever version it is."""
        return {
            "execution_role_arn": self.shared.isolation.endpoint_role.role_arn,
            "vpc_config": vpc_config(self.shared.place),
            # The container answers requests and needs nobody else.
            "enable_network_isolation": True,
        }

    def _variant(self) -> dict[str, Any]:
        """A variant, in CloudFormation's own form."""
        return {
            "InitialInstanceCount": self._first_instances,
            "InitialVariantWeight": 1,
            "InstanceType": self._settings.instance_type,
        }

    def _config(self, model: sagemaker.CfnModel) -> dict[str, Any]:
        """The endpoint's configuration, without its name."""
        settings = self._settings
        key_arn = self.shared.isolation.key.key_arn
        return {
            "production_variants": [
                sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                    model_name=model.attr_model_name,
                    variant_name=VARIANT,
                    initial_variant_weight=1,
                    initial_instance_count=self._first_instances,
                    instance_type=settings.instance_type,
                )
            ],
            **self._captured(),
            "kms_key_id": None if has_local_disks(settings.instance_type) else key_arn,
        }

    @property
    def _first_instances(self) -> int:
        """Of a new version: no endpoint can be made without one."""
        return max(1, self._settings.min_instances)

    def _captured(self) -> dict[str, Any]:
        """By SageMaker, or by a function that a topic tells of each answer."""
        match self._settings, self.shared.answers:
            case Asynchronous() as settings, Answers() as answers:
                return {"async_inference_config": answers.config(settings, self.model.name)}
            case _:
                return {"data_capture_config": self._capture()}

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
            # A rollout keeps as many instances as scaling has made, not as many as at first; but
            # of what may have none by now, the new version's sample would wait for one.
            retain_all_variant_properties=True,
            exclude_retained_variant_properties=[
                kind.VariantPropertyProperty(
                    variant_property_type="DataCaptureConfig"
                    if isinstance(self._settings, RealTime)
                    else "DesiredInstanceCount"
                )
            ],
            deployment_config=kind.DeploymentConfigProperty(
                blue_green_update_policy=kind.BlueGreenUpdatePolicyProperty(
                    traffic_routing_configuration=_routing(self._settings.rollout),
                    termination_wait_in_seconds=60 * self._settings.rollout.bake_minutes,
                    maximum_execution_timeout_in_seconds=int(
                        self._settings.rollout.longest.total_seconds()
                    ),
                ),
                auto_rollback_configuration=kind.AutoRollbackConfigProperty(
                    alarms=[kind.AlarmProperty(alarm_name=alarm.alarm_name) for alarm in alarms]
                ),
            ),
        )

    def _alarms(self) -> None:
        """Tell the tenant's people, whichever version answers."""
        # The average of a metric that is 1 for each failed request is the failed share.
        failed = endpoint_metric(self.names.endpoint, "Invocation5XXErrors", "Average")
        most = self._settings.most_errors
        self.alarm(ERRORS, failed, most, failing(most))
        if isinstance(self._settings, RealTime):
            latency = endpoint_metric(self.names.endpoint, "ModelLatency", "p90")
            limit = self._settings.most_milliseconds
            if self._settings.ab_test:
                self._alarms_of_challenger(self._settings)
            self.alarm(LATENCY, latency, 1000 * limit, slow(limit))
            return
        minutes = self._settings.longest_wait_minutes
        oldest = queue_metric(self.names.endpoint, "ApproximateAgeOfOldestRequest")
        self.alarm("waiting", oldest, 60 * minutes, f"A request waits for over {minutes} minutes")
        lost = capture_lost(self.names)
        self.alarm("capture", lost, 0, "Requests are answered and not captured")

    def _rollout_alarms(self, config: sagemaker.CfnEndpointConfig) -> list[cloudwatch.Alarm]:
        """Undo a rollout, by what its own fleet answers."""
        name, endpoint = config.attr_endpoint_config_name, self.names.endpoint
        # What follows the endpoint's name in the configuration's.
        parts = Fn.split(SEPARATOR, name)
        version = f"{Fn.select(2, parts)}-{Fn.select(3, parts)}"
        metrics = {ERRORS: ("Invocation5XXErrors", "Average", self._settings.most_errors)}
        if isinstance(self._settings, RealTime):
            metrics[LATENCY] = ("ModelLatency", "p90", 1000 * self._settings.most_milliseconds)
        return [
            rollout_alarm(
                self,
                what,
                endpoint_metric(endpoint, metric, statistic, config=name),
                threshold,
                endpoint=endpoint,
                version=version,
            )
            for what, (metric, statistic, threshold) in metrics.items()
        ]

    def _alarms_of_challenger(self, settings: RealTime) -> None:
        """The same of a version that has a share, whose test they end."""
        name, most, limit = self.names.endpoint, settings.most_errors, settings.most_milliseconds
        failed = endpoint_metric(name, "Invocation5XXErrors", "Average", CHALLENGER)
        self.alarm(f"{CHALLENGER_ALARMS}{ERRORS}", failed, most, failing(most))
        latency = endpoint_metric(name, "ModelLatency", "p90", CHALLENGER)
        self.alarm(f"{CHALLENGER_ALARMS}{LATENCY}", latency, 1000 * limit, slow(limit))


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
