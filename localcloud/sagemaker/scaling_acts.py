"""What scaling policies do: change the number of a variant's instances while an alarm fires.

By one instance at a time, where AWS goes by how far the metric is from its target.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from localcloud import clock
from localcloud.sagemaker.cloud import Cloud

_LOOK_SECONDS, _SHORTEST_SECONDS = 20.0, 0.25
_COOLDOWN_SECONDS = 300  # SageMaker's own, where a policy says nothing
_PERIOD = 60
_ABOVE_MINUTES, _BELOW_MINUTES = 3, 15  # as AWS's alarms for target tracking have it
_LOW = 0.9  # of the target
_TRACKING, _STEPS = (
    "TargetTrackingScalingPolicyConfiguration",
    "StepScalingPolicyConfiguration",
)
_log = logging.getLogger("localcloud")
Record = dict[str, Any]


def tracking_alarms(policy: Mapping[str, Any], arn: str) -> list[Record]:
    """The alarms of a policy that tracks a metric of its own choice, as PutMetricAlarm has them."""
    tracked = policy.get(_TRACKING, {})
    metric = tracked.get("CustomizedMetricSpecification")
    if not metric or "MetricName" not in metric:
        return []
    target = float(tracked["TargetValue"])
    kinds = {
        "AlarmHigh": ("GreaterThanThreshold", target, _ABOVE_MINUTES),
        "AlarmLow": ("LessThanThreshold", _LOW * target, _BELOW_MINUTES),
    }
    return [
        {
            "AlarmName": f"TargetTracking-{policy['ResourceId']}-{kind}-{policy['PolicyName']}",
            "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {arn}.",
            "AlarmActions": [arn],
            "Namespace": metric["Namespace"],
            "MetricName": metric["MetricName"],
            "Dimensions": metric.get("Dimensions", []),
            "Statistic": metric["Statistic"],
            "Period": _PERIOD,
            "EvaluationPeriods": minutes,
            "Threshold": threshold,
            "ComparisonOperator": comparison,
        }
        for kind, (comparison, threshold, minutes) in kinds.items()
    ]


class Acts:
    """Looks at alarms again and again, and does what the policies say that these call."""

    def __init__(
        self, cloud: Cloud, targets: Mapping[Any, Record], policies: Mapping[Any, Record]
    ) -> None:
        self._cloud, self._targets, self._policies = cloud, targets, policies
        self._acted: dict[str, tuple[float, int]] = {}  # when, and by how many, by the resource

    def go_on(self) -> None:
        """Never returns."""
        while True:
            time.sleep(max(clock.wall_seconds(_LOOK_SECONDS), _SHORTEST_SECONDS))
            try:
                self._look()
            except Exception:
                _log.exception("scaling policies could not act")

    def _look(self) -> None:
        policies = {policy["PolicyARN"]: policy for policy in list(self._policies.values())}
        if not policies:
            return
        pages = self._cloud.client("cloudwatch").get_paginator("describe_alarms")
        for page in pages.paginate(StateValue="ALARM"):
            for alarm in page["MetricAlarms"]:
                for arn in alarm["AlarmActions"]:
                    if arn in policies:
                        self._act(policies[arn], alarm)

    def _act(self, policy: Record, alarm: Record) -> None:
        change, cooldown = _change(policy, alarm)
        resource = policy["ResourceId"]
        target = self._targets.get((resource, policy["ScalableDimension"]))
        if target is None or self._rests(resource, change, cooldown):
            return
        _, endpoint, _, variant = resource.split("/")
        sagemaker = self._cloud.client("sagemaker")
        found = sagemaker.describe_endpoint(EndpointName=endpoint)
        if found["EndpointStatus"] != "InService":
            return
        counts = {v["VariantName"]: v["CurrentInstanceCount"] for v in found["ProductionVariants"]}
        wanted = max(target["MinCapacity"], counts[variant] + change)
        wanted = min(target["MaxCapacity"], wanted)
        if wanted == counts[variant]:
            return
        try:
            sagemaker.update_endpoint_weights_and_capacities(
                EndpointName=endpoint,
                DesiredWeightsAndCapacities=[
                    {"VariantName": variant, "DesiredInstanceCount": wanted}
                ],
            )
        except ClientError:
            _log.warning("%s is busy; it is scaled later", endpoint)
            return
        self._acted[resource] = (time.monotonic(), change)

    def _rests(self, resource: str, change: int, cooldown: float) -> bool:
        """Whether it is too early; what was taken away can be given back at any time."""
        if resource not in self._acted:
            return False
        when, before = self._acted[resource]
        waited = (time.monotonic() - when) * clock.speed()
        return waited < cooldown and not (change > 0 > before)


def _change(policy: Record, alarm: Record) -> tuple[int, float]:
    """How many instances more, and for how long nothing is changed again."""
    if steps := policy.get(_STEPS):
        return int(steps["StepAdjustments"][0]["ScalingAdjustment"]), float(
            steps.get("Cooldown", _COOLDOWN_SECONDS)
        )
    outwards = alarm["ComparisonOperator"] == "GreaterThanThreshold"
    named = "ScaleOutCooldown" if outwards else "ScaleInCooldown"
    cooldown = policy[_TRACKING].get(named, _COOLDOWN_SECONDS)
    return 1 if outwards else -1, float(cooldown)
