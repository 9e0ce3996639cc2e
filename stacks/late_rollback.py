"""What brings a version back when the one after it goes wrong after its rollout has ended."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from stacks.fixed_names import fix_permissions
from stacks.functions import Function
from stacks.notification import Notification
from terrace.names import SEPARATOR
from terrace.settings import Tenant


class LateRollback(Construct):
    """The rule by which the alarms of the tenant's endpoints call the function."""

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
        rule = events.Rule(
            self,
            "Fired",
            description=f"Terrace: alarms of endpoints of {tenant.name}, which may undo a rollout",
            event_pattern=events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                detail={"alarmName": alarms, "state": {"value": ["ALARM"]}},
            ),
            targets=[
                targets.LambdaFunction(
                    roll_back.function, dead_letter_queue=notification.undelivered
                )
            ],
        )
        fix_permissions(rule)


def rolls_back(tenant: Tenant) -> bool:
    """Whether alarms bring a version of any model back."""
    return any(model.rollback_within_hours for model in tenant.models)
