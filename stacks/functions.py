"""A tenant's Lambda functions: one way to make each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from aws_cdk import AssetHashType, Duration, IgnoreMode, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.layer import third_party
from stacks.place import Place
from stacks.roles import tenant_role
from stacks.topics import dead_letter_queue
from terrace.environment import Environment
from terrace.model_settings import Model
from terrace.monitor import looks_at_model
from terrace.monitors import MONITORS
from terrace.names import TenantNames
from terrace.settings import Tenant

# Ours alone, and of it only what a handler can import: a change elsewhere deploys nothing.
_CODE = [
    "*", "!terrace", "!lambdas", "terrace/cli", "lambdas/*.in", "lambdas/*.lock", "**/__pycache__",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    """What differs from function to function."""

    name: str
    seconds: int = 60
    memory_mb: int = 512
    storage_mb: int = 512
    asynchronous: bool = False
    runs_models: bool = False

    @property
    def aws_name(self) -> str:
        """The function's part of AWS's names, where words are joined by hyphens."""
        return self.name.replace("_", "-")

    def properties(self) -> dict[str, Any]:
        """The function's properties that need nothing but this."""
        return {
            "architecture": lambda_.Architecture.ARM_64,
            "description": f"Terrace: lambdas/{self.name}",
            "ephemeral_storage_size": Size.mebibytes(self.storage_mb),
            "handler": f"lambdas.{self.name}.handler.handler",
            "memory_size": self.memory_mb,
            "runtime": lambda_.Runtime.PYTHON_3_14,
            "timeout": Duration.seconds(self.seconds),
            "tracing": lambda_.Tracing.ACTIVE,
        }


class Functions(Construct):
    """The code and the packages that all of a tenant's functions share, and the functions."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        key: kms.IKey,
        place: Place | None,
        root: Path,
    ) -> None:
        super().__init__(scope, construct_id)
        self._tenant = tenant
        self._place = place
        self._key = key
        self._code = code(root)
        self._layer = packages(self, "Packages", root, "requirements.lock")
        self._explaining = None
        if any(_runs_models(model) for model in tenant.models):
            self._explaining = packages(self, "ExplainingPackages", root, "explaining.lock")

    def add(
        self,
        spec: FunctionSpec,
        *,
        statements: Iterable[iam.PolicyStatement],
        environment: Environment,
    ) -> "Function":
        """One more function, with a role of its own that may do what the statements say."""
        scope, names = Construct(self, spec.name), TenantNames(tenant=self._tenant.name)
        log_group = log_group_of(self._tenant, scope, names.log_group(spec.aws_name), self._key)
        role = tenant_role(scope, "Role", tenant=self._tenant.name, service="lambda")
        for statement in statements:
            role.add_to_policy(statement)
        log_group.grant_write(role)
        dead_letters = None
        if spec.asynchronous:
            dead_letters = dead_letter_queue(scope, "DeadLetters", key=self._key)
        function = lambda_.Function(
            scope,
            "Function",
            function_name=names.function(spec.aws_name),
            code=self._code,
            layers=self._layers(spec),
            role=role,
            environment=environment.dump(),
            log_group=log_group,
            dead_letter_queue=dead_letters,
            **spec.properties(),
        )
        put_into(function, self._place)
        return Function(function=function, dead_letters=dead_letters)

    def _layers(self, spec: FunctionSpec) -> list[lambda_.LayerVersion]:
        explaining = [self._explaining] if spec.runs_models and self._explaining else []
        return [self._layer, *explaining]


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function, and where events that it failed on go if it is called asynchronously."""

    function: lambda_.Function
    dead_letters: sqs.Queue | None

    @property
    def arn(self) -> str:
        """The function's ARN."""
        return self.function.function_arn

    @property
    def role_name(self) -> str:
        """The name of the role that it works with."""
        role = self.function.role
        assert role is not None  # noqa: S101  # each is made with one
        return role.role_name


def _runs_models(model: Model) -> bool:
    """Whether a function has to run a model: to explain it, or to measure it on held-out rows."""
    explained = any(looks_at_model(MONITORS[kind]) for kind in model.monitors.chosen())
    return explained or model.holdout is not None


def put_into(function: lambda_.Function, place: Place | None) -> None:
    """Lets a function run in the tenant's network, where it has one.

    On the resource: the CDK's own way gives the role AWS's managed policy, which reaches every
    network of the account.
    """
    if place:
        resource = cast(lambda_.CfnFunction, function.node.default_child)
        resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            security_group_ids=list(place.security_groups), subnet_ids=list(place.subnets)
        )


def code(root: Path) -> lambda_.Code:
    """Our own code, one zip for all functions."""
    return lambda_.Code.from_asset(str(root), exclude=_CODE, ignore_mode=IgnoreMode.DOCKER)


def packages(
    scope: Construct, construct_id: str, root: Path, lock: str, *, name: str | None = None
) -> lambda_.LayerVersion:
    """The layer with the third-party packages of a lock file."""
    layer = third_party(root / "lambdas" / lock, root / ".cache" / "layers")
    return lambda_.LayerVersion(
        scope,
        construct_id,
        layer_version_name=name,
        code=lambda_.Code.from_asset(
            str(layer.folder), asset_hash=layer.digest, asset_hash_type=AssetHashType.CUSTOM
        ),
        compatible_architectures=[lambda_.Architecture.ARM_64],
        compatible_runtimes=[lambda_.Runtime.PYTHON_3_14],
        description=f"The third-party packages of lambdas/{lock}",
    )


def log_group_of(tenant: Tenant, scope: Construct, name: str, key: kms.IKey) -> logs.LogGroup:
    """An encrypted log group that keeps what is logged as long as the tenant wants."""
    made = logs.LogGroup(
        scope, "Logs", log_group_name=name, encryption_key=key, removal_policy=RemovalPolicy.DESTROY
    )
    resource = cast(logs.CfnLogGroup, made.node.default_child)
    resource.retention_in_days = tenant.log_retention_days
    return made
