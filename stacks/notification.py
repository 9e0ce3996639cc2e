"""How a tenant's people are told: bus -> notify function -> topic, and the operators with them."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks import topics
from stacks.platform import PlatformStack
from stacks.rules import calling_rule, rule_arns, unlisted
from terrace.events import DETAILS, SOURCE
from terrace.names import TenantNames
from terrace.settings import Tenant


class Notification(Construct):
    """The tenant's event bus and topic, and the queue for what could not be delivered."""

    def __init__(
        self, scope: Construct, construct_id: str, *, tenant: Tenant, key: kms.IKey
    ) -> None:
        super().__init__(scope, construct_id)
        self._tenant = tenant
        names = TenantNames(tenant=tenant.name)
        self.bus = events.EventBus(
            self, "Bus", event_bus_name=names.base, description=f"Terrace: tenant {tenant.name}"
        )
        if tenant.event_archive_days:
            self.bus.archive(
                "Archive",
                event_pattern=events.EventPattern(source=[SOURCE]),
                retention=Duration.days(tenant.event_archive_days),
            )
        self.topic = topics.topic(
            self,
            name=names.base,
            key=key,
            publishers=[topics.alarms_of(tenant.name)],
            subscriptions=tenant.subscriptions,
        )
        self.undelivered = topics.dead_letter_queue(self, "Undelivered", key=key)
        self._let_rules_in(names)

    def tell(self, notify: lambda_.IFunction, platform: PlatformStack) -> None:
        """Hands every event to the notify function, and a line about it to the operators."""
        told = events.EventPattern(source=[SOURCE], detail_type=sorted(DETAILS))
        calling_rule(
            self,
            "ToSubscribers",
            tenant=self._tenant.name,
            occasion="to-subscribers",
            function=notify,
            undelivered=self.undelivered,
            description="Terrace: every event as a message to the tenant's subscribers",
            event_bus=self.bus,
            event_pattern=told,
        )
        # By its ARN: otherwise the CDK would open the operators' topic to the rules of any account.
        operators = sns.Topic.from_topic_arn(self, "Operators", platform.topic.topic_arn)
        events.Rule(
            self,
            "ToOperators",
            rule_name=TenantNames(tenant=self._tenant.name).rule("to-operators"),
            description="Terrace: a line about every event to the platform's operators",
            event_bus=self.bus,
            event_pattern=told,
            targets=[
                targets.SnsTopic(
                    operators,
                    message=self._line(),
                    dead_letter_queue=unlisted(self, self.undelivered),
                )
            ],
        )

    def _let_rules_in(self, names: TenantNames) -> None:
        """One statement for all rules of the tenant, on the default bus and on its own."""
        rules = [rule_arns(names, on_own_bus=own) for own in (False, True)]
        self.undelivered.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                resources=[self.undelivered.queue_arn],
                conditions={"ArnLike": {"aws:SourceArn": rules}},
            )
        )

    def _line(self) -> events.RuleTargetInput:
        kind, time = events.EventField.detail_type, events.EventField.time
        model = events.EventField.from_path("$.detail.model")
        return events.RuleTargetInput.from_text(
            f"{kind}: model {model} of tenant {self._tenant.name}, {time}. "
            "The tenant's subscribers have the whole message."
        )
