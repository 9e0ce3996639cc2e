"""A tenant's EMR Serverless application, for windows that outgrow its functions.

Nothing of it runs, or costs, while there is no such window.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cdk import Aws, IgnoreMode
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_emrserverless as emr
from aws_cdk import aws_iam as iam
from constructs import Construct

from pipelines import monitoring
from stacks import arns
from stacks.isolation import Isolation
from stacks.models import DOCKER_FORMAT
from stacks.place import Place
from stacks.policies import allow, pass_role
from stacks.roles import tenant_role
from terrace.names import TenantNames
from terrace.settings import Tenant

_RELEASE = "emr-7.9.0"  # of the image that spark/Dockerfile builds on
_IDLE_MINUTES = 5
_CODE = [
    "*", "!terrace", "!lambdas", "!spark", "terrace/cli", "lambdas/*.in", "lambdas/*.lock",
    "**/__pycache__",
]  # fmt: skip
# The managed rule by which Step Functions hears of the end of a job run.
_JOB_RULE = "rule/StepFunctionsGetEventsForEMRServerlessJobRule"


class Spark(Construct):
    """The application, its image, and the role of its jobs."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        isolation: Isolation,
        place: Place | None,
        statements: Sequence[iam.PolicyStatement],
        root: Path,
    ) -> None:
        super().__init__(scope, construct_id)
        names = TenantNames(tenant=tenant.name)
        self._isolation = isolation
        self._role = self._job_role(tenant.name, statements)
        image = ecr_assets.DockerImageAsset(
            self,
            "Image",
            directory=str(root),
            file="spark/Dockerfile",
            exclude=_CODE,
            ignore_mode=IgnoreMode.DOCKER,
            platform=ecr_assets.Platform.LINUX_AMD64,
            outputs=DOCKER_FORMAT,
        )
        kind = emr.CfnApplication
        self.application = kind(
            self,
            "Application",
            name=names.spark,
            release_label=_RELEASE,
            type="SPARK",
            architecture="X86_64",
            image_configuration=kind.ImageConfigurationInputProperty(image_uri=image.image_uri),
            auto_start_configuration=kind.AutoStartConfigurationProperty(enabled=True),
            auto_stop_configuration=kind.AutoStopConfigurationProperty(
                enabled=True, idle_timeout_minutes=_IDLE_MINUTES
            ),
            # What a window may cost at most at any moment: a driver and fifteen workers.
            maximum_capacity=kind.MaximumAllowedResourcesProperty(
                cpu="64 vCPU", memory="256 GB", disk="400 GB"
            ),
            network_configuration=_inside(place),
        )

    def _job_role(self, tenant: str, statements: Sequence[iam.PolicyStatement]) -> iam.Role:
        role = tenant_role(self, "Role", tenant=tenant, service="emr-serverless")
        for statement in statements:
            role.add_to_policy(statement)
        return role

    def job(self) -> monitoring.Spark:
        """What the state machine starts a job by."""
        return monitoring.Spark(
            application_id=self.application.attr_application_id,
            role_arn=self._role.role_arn,
            key_arn=self._isolation.key.key_arn,
            region=Aws.REGION,
        )

    def start(self) -> list[iam.PolicyStatement]:
        """What a state machine may do that starts jobs and waits for them."""
        application = self.application.attr_arn
        return [
            allow(["emr-serverless:StartJobRun"], [application]),
            allow(
                ["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"],
                [f"{application}/jobruns/*"],
            ),
            pass_role(self._role, "emr-serverless"),
            allow(
                ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                [arns.arn("events", _JOB_RULE)],
            ),
        ]


def _inside(place: Place | None) -> Any:
    if place is None:
        return None
    return emr.CfnApplication.NetworkConfigurationProperty(
        subnet_ids=list(place.subnets), security_group_ids=list(place.security_groups)
    )
