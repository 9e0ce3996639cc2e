"""A tenant's state machines, and what each of them may do."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from pipelines import approval, lock, monitoring, training
from stacks import arns
from stacks.functions import Function, log_group_of
from stacks.isolation import Isolation
from stacks.notification import Notification
from stacks.place import Place
from stacks.policies import allow, pass_role, use_key
from stacks.roles import tenant_role
from stacks.rollout import rollout_role
from stacks.rules import unlisted
from stacks.serving import Serving
from stacks.spark import Spark
from terrace import rollouts
from terrace.names import SEPARATOR, TenantNames
from terrace.settings import Tenant

# The managed rules by which Step Functions hears of the end of a training or a tuning job.
_JOB_RULES = tuple(
    f"rule/StepFunctionsGetEventsForSageMaker{kind}JobsRule" for kind in ("Training", "Tuning")
)


class Pipelines(Construct):
    """Training, approval, and the observation of large windows."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        isolation: Isolation,
        notification: Notification,
        serving: Serving | None,
        place: Place | None,
        spark: Spark | None,
        functions: Mapping[str, Function],
    ) -> None:
        super().__init__(scope, construct_id)
        self._tenant = tenant
        self._serving = serving
        self._place = place
        self._spark = spark
        self._names = TenantNames(tenant=tenant.name)
        self._isolation = isolation
        self._notification = notification
        self._arns = {name: function.arn for name, function in functions.items()}
        self.training = self._training()
        self.approval = self._approval()
        self._start_approvals()
        self.monitoring = self._monitoring()

    def _training(self) -> sfn.StateMachine:
        definition = training.Training(
            tenant=self._tenant.name,
            event_bus=self._notification.bus.event_bus_name,
            vpc_config=self._place.vpc_config if self._place else None,
            functions=self._arns,
        ).definition()
        jobs = arns.sagemaker(self._tenant.name, "training-job")
        searches = arns.sagemaker(self._tenant.name, "hyper-parameter-tuning-job")
        statements = [
            self._invoke([name for name in training.FUNCTIONS if name in self._arns]),
            self._put_events(),
            allow([*_of_jobs("TrainingJob"), "sagemaker:AddTags"], jobs),
            allow([*_of_jobs("HyperParameterTuningJob"), "sagemaker:AddTags"], searches),
            pass_role(self._isolation.training_role, "sagemaker"),
            allow(
                ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                [arns.arn("events", rule) for rule in _JOB_RULES],
            ),
        ]
        name = self._names.training_state_machine
        return self._machine("Training", name, definition, statements)

    def _approval(self) -> sfn.StateMachine:
        table = self._rollouts_table()
        role = rollout_role(
            self, tenant=self._tenant, isolation=self._isolation, serving=self._serving
        )
        definition = approval.Approval(
            tenant=self._tenant.name,
            event_bus=self._notification.bus.event_bus_name,
            rollouts_table=table.table_name,
            rollout_role_arn=role.role_arn,
            approvers=self._tenant.approvers,
            longest_test_seconds=self._tenant.longest_test_seconds,
            longest_rollout_seconds=self._tenant.longest_rollout_seconds,
            functions=self._arns,
        ).definition()
        statements = [
            self._invoke([name for name in approval.FUNCTIONS if name in self._arns]),
            self._put_events(),
            allow(["dynamodb:DeleteItem", "dynamodb:PutItem"], [table.table_arn]),
            use_key(self._isolation.key),
            allow(
                ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"],
                arns.model_packages(self._tenant.name),
            ),
            allow(
                ["cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks"],
                arns.endpoint_stacks(self._tenant.name),
            ),
            # Without the condition an update would use the role that the stack has already: that
            # of `cdk deploy`, an administrator's.
            allow(
                ["cloudformation:UpdateStack"],
                arns.endpoint_stacks(self._tenant.name),
                StringEquals={"cloudformation:RoleArn": role.role_arn},
            ),
            pass_role(role, "cloudformation"),
            allow(["sagemaker:DescribeEndpoint"], arns.sagemaker(self._tenant.name, "endpoint")),
        ]
        name = self._names.approval_state_machine
        return self._machine("Approval", name, definition, statements)

    def _monitoring(self) -> sfn.StateMachine:
        definition = monitoring.Monitoring(
            tenant=self._tenant.name,
            event_bus=self._notification.bus.event_bus_name,
            bucket=self._isolation.bucket.bucket_name,
            functions=self._arns,
            spark=self._spark.job() if self._spark else None,
        ).definition()
        name = self._names.monitoring_state_machine
        runs = (f"execution:{name}:*", f"execution:{name}/{monitoring.LABEL}:*")
        statements = [
            self._invoke(monitoring.FUNCTIONS),
            self._put_events(),
            allow(["s3:GetObject"], self._isolation.objects("*/monitoring/*")),
            use_key(self._isolation.key),
            # A distributed map's parts are executions of the state machine itself.
            allow(["states:StartExecution"], [arns.state_machine(name)]),
            allow(
                ["states:DescribeExecution", "states:StopExecution"],
                [arns.arn("states", run) for run in runs],
            ),
            *(self._spark.start() if self._spark else ()),
        ]
        return self._machine("Monitoring", name, definition, statements)

    def _rollouts_table(self) -> dynamodb.Table:
        """A lock for each model while a rollout of it runs, approvals, and how rollouts ended."""
        return dynamodb.Table(
            self,
            "Rollouts",
            table_name=self._names.rollouts_table,
            partition_key=dynamodb.Attribute(name=rollouts.KEY, type=dynamodb.AttributeType.STRING),
            time_to_live_attribute=lock.EXPIRES,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self._isolation.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _start_approvals(self) -> None:
        """Hears of every approval and rejection of this tenant's models."""
        events.Rule(
            self,
            "Decided",
            rule_name=self._names.rule("decided"),
            description=f"Terrace: approvals and rejections of {self._tenant.name}",
            event_pattern=events.EventPattern(
                source=["aws.sagemaker"],
                detail_type=["SageMaker Model Package State Change"],
                detail={
                    "ModelPackageGroupName": [{"prefix": f"{self._tenant.name}{SEPARATOR}"}],
                    "ModelPackageStatus": ["Completed"],
                    "ModelApprovalStatus": ["Approved", "Rejected"],
                },
            ),
            targets=[
                targets.SfnStateMachine(
                    self.approval,
                    dead_letter_queue=unlisted(self, self._notification.undelivered),
                    role=tenant_role(self, "StartRole", tenant=self._tenant.name, service="events"),
                )
            ],
        )

    def _machine(
        self, construct_id: str, name: str, definition: dict[str, Any], statements: Sequence[Any]
    ) -> sfn.StateMachine:
        scope = Construct(self, construct_id)
        role = tenant_role(scope, "Role", tenant=self._tenant.name, service="states")
        for statement in statements:
            role.add_to_policy(statement)
        log_group = log_group_of(
            self._tenant, scope, f"/aws/vendedlogs/states/{name}", self._isolation.key
        )
        return sfn.StateMachine(
            scope,
            "StateMachine",
            state_machine_name=name,
            comment=definition["Comment"],
            definition_body=sfn.DefinitionBody.from_string(
                Stack.of(self).to_json_string(definition)
            ),
            role=role,
            logs=sfn.LogOptions(
                destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=True
            ),
            tracing_enabled=True,
        )

    def _invoke(self, functions: Sequence[str]) -> iam.PolicyStatement:
        return allow(["lambda:InvokeFunction"], [self._arns[name] for name in functions])

    def _put_events(self) -> iam.PolicyStatement:
        return allow(["events:PutEvents"], [self._notification.bus.event_bus_arn])


def _of_jobs(kind: str) -> list[str]:
    """What a task needs that creates a job and waits for it."""
    return [*(f"sagemaker:{verb}{kind}" for verb in ("Create", "Describe", "Stop")),
            "sagemaker:ListTags"]  # fmt: skip
