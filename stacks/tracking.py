"""A tenant's MLflow tracking server, which SageMaker runs."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from stacks import arns
from stacks.isolation import Isolation
from stacks.policies import allow, use_key
from stacks.roles import tenant_role
from terrace.names import TenantNames
from terrace.settings import Tenant

FUNCTION = "track"
FOLDER = "_mlflow"  # no model can be called so

_ACTIONS = ("CreateExperiment", "CreateRun", "GetExperimentByName", "LogBatch", "SearchRuns",
            "UpdateRun")  # fmt: skip


class Tracking(Construct):
    """The server, and what it may do: keep artifacts in a folder of the tenant's bucket."""

    def __init__(
        self, scope: Construct, construct_id: str, *, tenant: Tenant, isolation: Isolation
    ) -> None:
        super().__init__(scope, construct_id)
        role = tenant_role(self, "Role", tenant=tenant.name, service="sagemaker")
        bucket = isolation.bucket
        for statement in (
            allow(
                ["s3:ListBucket"],
                [bucket.bucket_arn],
                StringLike={"s3:prefix": [FOLDER, f"{FOLDER}/*"]},
            ),
            allow(["s3:GetBucketLocation"], [bucket.bucket_arn]),
            allow(
                ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
                isolation.objects(f"{FOLDER}/*"),
            ),
            use_key(isolation.key),
        ):
            role.add_to_policy(statement)
        name = TenantNames(tenant=tenant.name).base
        self.arn = arns.arn("sagemaker", f"mlflow-tracking-server/{name}")
        server = sagemaker.CfnMlflowTrackingServer(
            self,
            "Server",
            tracking_server_name=name,
            artifact_store_uri=bucket.s3_url_for_object(FOLDER),
            role_arn=role.role_arn,
            tracking_server_size="Small",
        )
        # Its first act is to look at its folder.
        server.node.add_dependency(role)

    def log(self) -> iam.PolicyStatement:
        """Keeps runs."""
        return allow([f"sagemaker-mlflow:{action}" for action in _ACTIONS], [self.arn])
