"""A tenant's watch: schedules that start the monitors, and alarms on what fails unseen."""

import json

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.functions import Function
from stacks.isolation import Isolation
from stacks.notification import Notification
from stacks.pipelines import Pipelines
from stacks.platform import PlatformStack
from stacks.policies import allow, use_key
from stacks.roles import tenant_role
from terrace.model_settings import Model, Scheduled
from terrace.names import TenantNames, joined
from terrace.settings import Tenant

_SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"  # Scheduler writes the time in its place


class Schedules(Construct):
    """One schedule for each monitor of each model, all of which start the monitor function."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        isolation: Isolation,
        notification: Notification,
        monitor: Function,
    ) -> None:
        super().__init__(scope, construct_id)
        self._function = monitor
        self._dead_letters = notification.undelivered
        self._group = scheduler.CfnScheduleGroup(
            self, "Group", name=TenantNames(tenant=tenant.name).base
        )
        self._role = tenant_role(self, "Role", tenant=tenant.name, service="scheduler")
        self._role.add_to_policy(allow(["lambda:InvokeFunction"], [monitor.arn]))
        self._role.add_to_policy(allow(["sqs:SendMessage"], [self._dead_letters.queue_arn]))
        self._role.add_to_policy(use_key(isolation.key))
        for model in tenant.models:
            for kind, settings in model.monitors.chosen().items():
                self._schedule(model, kind, settings)

    def _schedule(self, model: Model, kind: str, settings: Scheduled) -> None:
        name = joined(model.name, kind)
        asked = {"model": model.name, "monitor": kind, "time": _SCHEDULED_TIME}
        scheduler.CfnSchedule(
            self,
            name,
            name=name,
            group_name=self._group.ref,
            description=f"Starts the {kind} monitor of {model.name}",
            schedule_expression=settings.schedule,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self._function.arn,
                role_arn=self._role.role_arn,
                input=json.dumps(asked),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=self._dead_letters.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=3600, maximum_retry_attempts=5
                ),
            ),
        )


class Alarms(Construct):
    """Alarms on what nobody would be told of otherwise: the tenant's people and the operators."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        notification: Notification,
        pipelines: Pipelines,
        functions: dict[str, Function],
        platform: PlatformStack,
    ) -> None:
        super().__init__(scope, construct_id)
        self._names = TenantNames(tenant=tenant.name)
        self._topics: list[sns.ITopic] = [notification.topic, platform.topic]
        queues = {"undelivered": notification.undelivered}
        for name, function in functions.items():
            if function.dead_letters:
                alarmed = name.replace("_", "-")
                queues[f"{alarmed}-dead-letters"] = function.dead_letters
                self._alarm(f"{alarmed}-errors", function.function.metric_errors())
        for name, queue in queues.items():
            self._alarm(name, queue.metric_approximate_number_of_messages_visible())
        # An execution that fails tells so itself; one that runs out of time cannot.
        for name, machine in {
            "training": pipelines.training,
            "approval": pipelines.approval,
            "monitoring": pipelines.monitoring,
        }.items():
            self._alarm(f"{name}-timed-out", machine.metric_timed_out())

    def _alarm(self, name: str, metric: cloudwatch.Metric) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=joined(self._names.base, name),
            alarm_description=f"Terrace: {name.replace('-', ' ')} of {self._names.tenant}",
            metric=metric.with_(statistic="Maximum", period=Duration.minutes(5)),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        for topic in self._topics:
            alarm.add_alarm_action(actions.SnsAction(topic))
