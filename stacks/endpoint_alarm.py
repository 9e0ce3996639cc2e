"""Alarms on what answers requests: the tenant's people are told of each."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from terrace.names import SEPARATOR


def failing(share: float) -> str:
    """What an alarm on failing requests says."""
    return f"More than {share:.1%} of the requests fail"


def slow(milliseconds: int) -> str:
    """What an alarm on slow answers says."""
    return f"A tenth of the requests takes over {milliseconds} ms"


def endpoint_alarm(
    scope: Construct,
    name: str,
    metric: cloudwatch.IMetric,
    threshold: float,
    *,
    description: str,
    topic: sns.ITopic,
) -> cloudwatch.Alarm:
    """An alarm on what is measured each minute: two minutes of three are above the threshold."""
    alarm = cloudwatch.Alarm(
        scope,
        f"Alarm-{name.rpartition(SEPARATOR)[2]}",
        alarm_name=name,
        alarm_description=description,
        metric=metric,
        threshold=threshold,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    return alarm
