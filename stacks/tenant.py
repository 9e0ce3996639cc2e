"""A tenant's stack: composes the constructs, and says who may do what."""

from pathlib import Path

from aws_cdk import CfnOutput, Stack, Tags
from constructs import Construct

from stacks import arns
from stacks.approval_links import FUNCTION as APPROVE
from stacks.approval_links import Links
from stacks.asynchronous import Answers
from stacks.boundary import Boundary
from stacks.dashboard import Dashboard
from stacks.endpoint_logs import EndpointLogs
from stacks.functions import Function, Functions, FunctionSpec
from stacks.isolation import Isolation
from stacks.late_rollback import LateRollback, rolls_back
from stacks.models import Models
from stacks.monitoring import Alarms, Schedules
from stacks.multi_model import MultiModelEndpoint
from stacks.network import Network
from stacks.notification import Notification
from stacks.permissions import Reach
from stacks.pipelines import Pipelines
from stacks.platform import PlatformStack
from stacks.retraining import Occasions, retrained
from stacks.serving import Serving
from stacks.spark import Spark
from stacks.tracking import FUNCTION as TRACK
from stacks.tracking import Tracking
from terrace.environment import Environment
from terrace.names import TENANT_TAG, TenantNames
from terrace.settings import Tenant

# Beyond the usual: time for large files, memory for DuckDB, disk for both.
_FUNCTIONS = (
    FunctionSpec(name="validate", seconds=900, memory_mb=2048, storage_mb=4096),
    FunctionSpec(name="evaluate", seconds=900, memory_mb=2048, storage_mb=4096, runs_models=True),
    FunctionSpec(name="baseline", seconds=900, memory_mb=2048, storage_mb=4096, runs_models=True),
    FunctionSpec(name="gate"),
    FunctionSpec(name="register"),
    FunctionSpec(name="verify", seconds=900, memory_mb=1024),
    FunctionSpec(name="compare", seconds=900, memory_mb=1024, storage_mb=2048),
    FunctionSpec(name="canary", seconds=900, memory_mb=1024, storage_mb=2048),
    FunctionSpec(name="smoke_test", seconds=900),
    FunctionSpec(
        name="monitor",
        seconds=900,
        memory_mb=2048,
        storage_mb=4096,
        asynchronous=True,
        runs_models=True,
    ),
    FunctionSpec(name="observe", seconds=900, memory_mb=2048, storage_mb=4096, runs_models=True),
    FunctionSpec(name="notify", asynchronous=True),
)
_APPROVE = FunctionSpec(name=APPROVE)
_AB_TEST = FunctionSpec(name="ab_test", seconds=900, memory_mb=2048, storage_mb=4096)
_CAPTURE = FunctionSpec(name="capture", seconds=120, memory_mb=1024, asynchronous=True)
_TRACK = FunctionSpec(name=TRACK, seconds=900)
_RETRAIN = FunctionSpec(name="retrain", asynchronous=True)
_ROLL_BACK = FunctionSpec(name="roll_back", asynchronous=True)


class TenantStack(Stack):
    """Everything of one tenant but its endpoints."""

    def __init__(
        self, scope: Construct, *, tenant: Tenant, platform: PlatformStack, root: Path
    ) -> None:
        names = TenantNames(tenant=tenant.name)
        super().__init__(scope, names.stack, description=f"Terrace: tenant {tenant.name}")
        Tags.of(self).add(TENANT_TAG, tenant.name)
        self.boundary = (
            Boundary(self, "Boundary", tenant=tenant.name) if tenant.permission_boundary else None
        )
        self.isolation = Isolation(self, "Isolation", tenant=tenant, platform=platform)
        network = self._network(tenant)
        self.place = network.place if network else None
        self.notification = Notification(
            self, "Notification", tenant=tenant, key=self.isolation.key
        )
        endpoint_logs = EndpointLogs(self, "EndpointLogs", tenant=tenant, key=self.isolation.key)
        models = Models(self, "Models", tenant=tenant, isolation=self.isolation, root=root)
        if sharing := tenant.on_one_endpoint:
            MultiModelEndpoint(
                self,
                "MultiModel",
                tenant=tenant,
                isolation=self.isolation,
                notification=self.notification,
                place=self.place,
                image_uri=models.image_uri(sharing[0].source),
            ).node.add_dependency(endpoint_logs)
        self.serving = None
        if tenant.has_serving_functions:
            self.serving = Serving(
                self, "Serving", tenant=tenant, isolation=self.isolation, network=network
            )
        self.links = None
        if tenant.approval_links:
            self.links = Links(
                self,
                "Links",
                tenant=tenant,
                settings=tenant.approval_links,
                isolation=self.isolation,
            )
        self.tracking = None
        if tenant.mlflow:
            self.tracking = Tracking(self, "Tracking", tenant=tenant, isolation=self.isolation)
        reach = Reach(
            tenant=tenant.name,
            isolation=self.isolation,
            event_bus_arn=self.notification.bus.event_bus_arn,
            topic_arn=self.notification.topic.topic_arn,
            image_repository_arns=models.image_repository_arns,
            network=network,
            links=self.links,
            tracking=self.tracking,
        )
        functions = self._functions(tenant, reach, root)
        self.notification.tell(functions["notify"].function, platform)
        self.answers = None
        if "capture" in functions:
            self.answers = Answers(
                self,
                "Answers",
                tenant=tenant,
                isolation=self.isolation,
                notification=self.notification,
                capture=functions["capture"],
            )
        self.spark = None
        if tenant.has_spark:
            self.spark = Spark(
                self,
                "Spark",
                tenant=tenant,
                isolation=self.isolation,
                place=network.workers if network else None,
                statements=reach.statements_on_spark(),
                root=root,
            )
        pipelines = Pipelines(
            self,
            "Pipelines",
            tenant=tenant,
            isolation=self.isolation,
            notification=self.notification,
            serving=self.serving,
            place=self.place,
            spark=self.spark,
            functions=functions,
        )
        self._watch(tenant, platform, pipelines, functions)
        self._outputs(pipelines)

    def _network(self, tenant: Tenant) -> Network | None:
        """The tenant's own network, if it has one."""
        if tenant.network is None:
            return None
        network = Network(
            self,
            "Network",
            tenant=tenant,
            cidr=tenant.network.cidr,
            zone_ids=tenant.network.availability_zone_ids,
        )
        network.watch(self.isolation)
        for role in (self.isolation.training_role, self.isolation.endpoint_role):
            for statement in network.statements():
                role.add_to_policy(statement)
        return network

    def _watch(
        self,
        tenant: Tenant,
        platform: PlatformStack,
        pipelines: Pipelines,
        functions: dict[str, Function],
    ) -> None:
        Schedules(
            self,
            "Schedules",
            tenant=tenant,
            isolation=self.isolation,
            notification=self.notification,
            monitor=functions["monitor"],
        )
        if "retrain" in functions:
            Occasions(
                self,
                "Occasions",
                tenant=tenant,
                isolation=self.isolation,
                notification=self.notification,
                retrain=functions["retrain"],
            )
        if "roll_back" in functions:
            LateRollback(
                self,
                "LateRollback",
                tenant=tenant,
                notification=self.notification,
                roll_back=functions["roll_back"],
            )
        Alarms(
            self,
            "Alarms",
            tenant=tenant,
            notification=self.notification,
            pipelines=pipelines,
            functions=functions,
            platform=platform,
        )
        if tenant.dashboard:
            Dashboard(self, "Dashboard", tenant=tenant, pipelines=pipelines, functions=functions)

    def _outputs(self, pipelines: Pipelines) -> None:
        outputs = {
            "DataBucket": self.isolation.bucket.bucket_name,
            "TopicArn": self.notification.topic.topic_arn,
            "TrainingStateMachineArn": pipelines.training.state_machine_arn,
            "ApprovalStateMachineArn": pipelines.approval.state_machine_arn,
            "MonitoringStateMachineArn": pipelines.monitoring.state_machine_arn,
        }
        if self.serving:
            outputs |= {"ApiUrl": self.serving.api_url, "ApiKeyId": self.serving.api_key_id}
        if self.answers:
            outputs |= {"AnswersTopicArn": self.answers.topic.topic_arn}
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)

    def _functions(self, tenant: Tenant, reach: Reach, root: Path) -> dict[str, Function]:
        names = TenantNames(tenant=tenant.name)
        environment = Environment(
            tenant=tenant.name,
            bucket=self.isolation.bucket.bucket_name,
            event_bus=self.notification.bus.event_bus_name,
            topic_arn=self.notification.topic.topic_arn,
            monitoring_state_machine_arn=arns.state_machine(names.monitoring_state_machine),
            training_state_machine_arn=arns.state_machine(names.training_state_machine),
            approval_state_machine_arn=arns.state_machine(names.approval_state_machine),
            signing_key=key.key_arn if (key := self.isolation.signing_key) else "",
        )
        made = Functions(
            self,
            "Functions",
            tenant=tenant,
            key=self.isolation.key,
            place=self.place,
            root=root,
        )
        deciding: dict[str, Function] = {}
        environments: dict[str, Environment] = {}
        if self.links:
            linked = environment.model_copy(update={"approval_links": self.links.told()})
            statements = reach.statements(APPROVE)
            approve = made.add(_APPROVE, statements=statements, environment=linked)
            role = {"approval_link_role": approve.role_name}
            deciding = {APPROVE: approve}
            environments |= {"notify": linked, "verify": environment.model_copy(update=role)}
        if self.tracking:
            tracked = {"mlflow_server_arn": self.tracking.arn}
            environments[TRACK] = environment.model_copy(update=tracked)
        return deciding | {
            spec.name: made.add(
                spec,
                statements=reach.statements(spec.name),
                environment=environments.get(spec.name, environment),
            )
            for spec in (
                *_FUNCTIONS,
                *([_AB_TEST] if tenant.has_ab_tests else []),
                *([_CAPTURE] if tenant.has_asynchronous_endpoints else []),
                *([_TRACK] if self.tracking else []),
                *([_RETRAIN] if retrained(tenant) else []),
                *([_ROLL_BACK] if rolls_back(tenant) else []),
            )
        }
