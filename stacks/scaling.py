"""How many instances an endpoint has: as many as there is work for, within its bounds."""

from typing import Any

from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.endpoint_metrics import queue_metric
from terrace.endpoint_settings import Asynchronous, MultiModelEndpoint, RealTime
from terrace.names import VARIANT, joined

_Policy = autoscaling.CfnScalingPolicy


def scale(
    scope: Construct, endpoint: str, settings: RealTime | MultiModelEndpoint | Asynchronous
) -> autoscaling.CfnScalableTarget:
    """Lets the endpoint's variant be scaled by what it is asked; the target of all policies."""
    target = autoscaling.CfnScalableTarget(
        scope,
        "ScalableTarget",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=f"endpoint/{endpoint}/variant/{VARIANT}",
        min_capacity=settings.min_instances,
        max_capacity=settings.max_instances,
    )
    if isinstance(settings, Asynchronous):
        _by_backlog(scope, endpoint, settings, target)
        _from_zero(scope, endpoint, target)
    else:
        _by_requests(scope, endpoint, settings, target)
    return target


def _by_requests(
    scope: Construct,
    endpoint: str,
    settings: RealTime | MultiModelEndpoint,
    target: autoscaling.CfnScalableTarget,
) -> None:
    _track(
        scope,
        joined(endpoint, "invocations"),
        target,
        target_value=settings.invocations_per_instance,
        predefined_metric_specification=_Policy.PredefinedMetricSpecificationProperty(
            predefined_metric_type="SageMakerVariantInvocationsPerInstance"
        ),
    )


def _by_backlog(
    scope: Construct,
    endpoint: str,
    settings: Asynchronous,
    target: autoscaling.CfnScalableTarget,
) -> None:
    _track(
        scope,
        joined(endpoint, "backlog"),
        target,
        target_value=settings.backlog_per_instance,
        customized_metric_specification=_Policy.CustomizedMetricSpecificationProperty(
            namespace="AWS/SageMaker",
            metric_name="ApproximateBacklogSizePerInstance",
            dimensions=[_Policy.MetricDimensionProperty(name="EndpointName", value=endpoint)],
            statistic="Average",
        ),
    )


def _track(
    scope: Construct, name: str, target: autoscaling.CfnScalableTarget, **tracked: Any
) -> None:
    _Policy(
        scope,
        "ScalingPolicy",
        policy_name=name,
        policy_type="TargetTrackingScaling",
        scaling_target_id=target.ref,
        target_tracking_scaling_policy_configuration=(
            _Policy.TargetTrackingScalingPolicyConfigurationProperty(**tracked)
        ),
    )


def _from_zero(scope: Construct, endpoint: str, target: autoscaling.CfnScalableTarget) -> None:
    """One instance as soon as anything waits: of no instance there is no backlog to track."""
    step = _Policy.StepAdjustmentProperty(scaling_adjustment=1, metric_interval_lower_bound=0)
    policy = _Policy(
        scope,
        "FromZero",
        policy_name=joined(endpoint, "from-zero"),
        policy_type="StepScaling",
        scaling_target_id=target.ref,
        step_scaling_policy_configuration=_Policy.StepScalingPolicyConfigurationProperty(
            adjustment_type="ChangeInCapacity",
            cooldown=300,
            metric_aggregation_type="Maximum",
            step_adjustments=[step],
        ),
    )
    metric = queue_metric(endpoint, "HasBacklogWithoutCapacity")
    cloudwatch.CfnAlarm(
        scope,
        "Waiting",
        alarm_name=joined(endpoint, "from-zero"),
        alarm_description=f"Requests wait and endpoint {endpoint} has no instance",
        namespace=metric.namespace,
        metric_name=metric.metric_name,
        dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="EndpointName", value=endpoint)],
        statistic="Maximum",
        period=60,
        evaluation_periods=1,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[policy.ref],
    )
