"""What brings a version back when the one after it goes wrong after its rollout has ended."""

from aws_cdk import aws_events as events
from constructs import Construct

from stacks.functions import Function
from stacks.notification import Notification
from stacks.rules import calling_rule
from terrace.events import SOURCE, RolloutFinished
from terrace.names import SEPARATOR
from terrace.settings import Tenant


class LateRollback(Construct):
    """The rules by which the tenant's alarms and the ends of rollouts call the function."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        notification: Notification,
        roll_back: Function,
    ) -> None:
        super().__init__(scope, construct_id)
        # By what all of them begin with: a pattern with each of many models' would be too long.
        alarms = [{"prefix": f"{tenant.name}{SEPARATOR}"}]
        calling_rule(
            self,
            "Finished",
            tenant=tenant.name,
            occasion="rollout-finished",
            function=roll_back.function,
            undelivered=notification.undelivered,
            description=f"Terrace: ends of rollouts of {tenant.name}, whose alarms may fire",
            event_bus=notification.bus,
            event_pattern=events.EventPattern(
                source=[SOURCE],
                detail_type=[RolloutFinished.detail_type()],
                detail={"outcome": ["deployed", "rolled-back", "failed"]},
            ),
        )
        calling_rule(
            self,
            "Fired",
            tenant=tenant.name,
            occasion="alarm",
            function=roll_back.function,
            undelivered=notification.undelivered,
            description=f"Terrace: alarms of endpoints of {tenant.name}, which may undo a rollout",
            event_pattern=events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                detail={"alarmName": alarms, "state": {"value": ["ALARM"]}},
            ),
        )


def rolls_back(tenant: Tenant) -> bool:
    """Whether alarms bring a version of any model back."""
    return any(model.rollback_within_hours for model in tenant.models)
