"""Alarms on what answers requests: some tell the tenant's people, others undo a rollout."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from terrace.names import ROLLOUT_ALARMS, joined


def failing(share: float) -> str:
    """What an alarm on failing requests says."""
    return f"More than {share:.1%} of the requests fail"


def slow(milliseconds: int) -> str:
    """What an alarm on slow answers says."""
    return f"A tenth of the requests takes over {milliseconds} ms"


def endpoint_alarm(
    scope: Construct,
    construct_id: str,
    metric: cloudwatch.IMetric,
    threshold: float,
    *,
    name: str,
    description: str,
    topic: sns.ITopic | None = None,
) -> cloudwatch.Alarm:
    """An alarm on what is measured each minute: two minutes of three are above the threshold.

    Args:
        scope: The stack.
        construct_id: In the stack.
        metric: What is measured.
        threshold: In the metric's unit.
        name: The alarm's name.
        description: What it says.
        topic: Who is told; nobody of an alarm that only undoes a rollout, whose end is told.
    """
    alarm = cloudwatch.Alarm(
        scope,
        f"Alarm-{construct_id}",
        alarm_name=name,
        alarm_description=description,
        metric=metric,
        threshold=threshold,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    if topic:
        alarm.add_alarm_action(actions.SnsAction(topic))
    return alarm


def rollout_alarm(
    scope: Construct,
    what: str,
    metric: cloudwatch.IMetric,
    threshold: float,
    *,
    endpoint: str,
    version: str,
) -> cloudwatch.Alarm:
    """An alarm on one version alone, which undoes its rollout.

    The version before may be what fails, and must not keep the next one out. Each version has an
    alarm with a name of its own, because an alarm that is changed keeps its state.

    Args:
        scope: The stack.
        what: The end of the alarm's name.
        metric: Of that version only.
        threshold: In the metric's unit.
        endpoint: The name of what answers.
        version: What tells the version apart from every other.
    """
    return endpoint_alarm(
        scope,
        f"{ROLLOUT_ALARMS}{what}",
        metric,
        threshold,
        name=f"{joined(endpoint, f'{ROLLOUT_ALARMS}{what}')}-{version}",
        description=f"Undoes the rollout of a version at endpoint {endpoint}",
    )
