"""What starts trainings that nobody asked for by hand: violations, new data, schedules."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from stacks.functions import Function
from stacks.isolation import Isolation
from stacks.notification import Notification
from stacks.rules import calling_rule
from terrace.events import SOURCE, ViolationsFound
from terrace.model_settings import Model, Retraining
from terrace.settings import Tenant

# How often an occasion that came too early is looked at again.
_LOOK_EVERY = Duration.hours(1)


def retrained(tenant: Tenant) -> list[tuple[Model, Retraining]]:
    """The models that are trained by themselves, and when."""
    told = [(model, model.retraining) for model in tenant.models]
    return [(model, rules) for model, rules in told if rules and rules.occasions]


class Occasions(Construct):
    """The rules that call the retrain function; it asks each model's settings itself."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        isolation: Isolation,
        notification: Notification,
        retrain: Function,
    ) -> None:
        super().__init__(scope, construct_id)
        self._tenant = tenant.name
        self._retrain = retrain
        self._undelivered = notification.undelivered
        told = retrained(tenant)
        if any(rules.on_violations_of for _, rules in told):
            self._rule(
                "Violations",
                "violations",
                event_bus=notification.bus,
                event_pattern=events.EventPattern(
                    source=[SOURCE], detail_type=[ViolationsFound.detail_type()]
                ),
            )
        if any(rules.on_new_data for _, rules in told):
            self._rule("Data", "new data", event_pattern=_created(isolation))
        for model, rules in told:
            if rules.schedule:
                self._rule(
                    f"Schedule-{model.name}",
                    f"the schedule of {model.name}",
                    {"scheduled": model.name},
                    schedule=events.Schedule.expression(rules.schedule),
                )
        names = {"waiting": [model.name for model, _ in told]}
        self._rule("Waiting", "what waits", names, schedule=events.Schedule.rate(_LOOK_EVERY))

    def _rule(
        self,
        construct_id: str,
        by: str,
        given: Mapping[str, object] | None = None,
        *,
        event_bus: events.IEventBus | None = None,
        event_pattern: events.EventPattern | None = None,
        schedule: events.Schedule | None = None,
    ) -> None:
        calling_rule(
            self,
            construct_id,
            tenant=self._tenant,
            occasion=construct_id.lower(),
            function=self._retrain.function,
            undelivered=self._undelivered,
            given=events.RuleTargetInput.from_object(given) if given else None,
            description=f"Terrace: trainings of {self._tenant} by {by}",
            event_bus=event_bus,
            event_pattern=event_pattern,
            schedule=schedule,
        )


def _created(isolation: Isolation) -> events.EventPattern:
    """Training data of any model: the function asks its settings.

    A prefix for each model would pass the quota of 2,048 characters at some thirty models.
    """
    return events.EventPattern(
        source=["aws.s3"],
        detail_type=["Object Created"],
        detail={
            "bucket": {"name": [isolation.bucket.bucket_name]},
            "object": {"key": [{"wildcard": "*/training/data/*"}]},
        },
    )
