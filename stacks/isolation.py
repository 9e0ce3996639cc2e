"""A tenant's isolation: a key, a bucket, and roles that reach nothing of anybody else."""

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks import arns, buckets, topics
from stacks.emptying import Emptier
from stacks.platform import PlatformStack
from stacks.policies import allow, use_key
from stacks.removal import removal
from stacks.roles import tenant_role
from terrace.names import ANSWERS, REQUESTS, SEPARATOR, UNANSWERED, TenantNames
from terrace.settings import Tenant

_MAKE_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams")


class Isolation(Construct):
    """The tenant's key, data bucket, and the two roles that SageMaker takes on."""

    def __init__(
        self, scope: Construct, construct_id: str, *, tenant: Tenant, platform: PlatformStack
    ) -> None:
        super().__init__(scope, construct_id)
        self._tenant = tenant
        self._names = TenantNames(tenant=tenant.name)
        self.key = topics.encryption_key(
            self, description=f"Terrace: tenant {tenant.name}", retain=tenant.retain_data
        )
        self.key.add_alias(self._names.key_alias)
        self._let_logs_use_key()
        self.signing_key = self._signing_key() if tenant.signing else None
        self.emptier = None if tenant.retain_data else Emptier(self, "Emptier", tenant=tenant.name)
        self.bucket = self._bucket(platform.access_logs)
        self.training_role = self._training_role()
        self.endpoint_role = self._endpoint_role()

    def objects(self, *patterns: str) -> list[str]:
        """The ARNs of objects in the bucket, by key."""
        return [self.bucket.arn_for_objects(pattern) for pattern in patterns]

    def _bucket(self, access_logs: s3.IBucket) -> s3.Bucket:
        bucket = buckets.bucket(
            self,
            "Data",
            bucket_name=self._names.bucket(Aws.ACCOUNT_ID, Aws.REGION),
            key=self.key,
            access_logs=access_logs,
            emptier=self.emptier,
        )
        for model in self._tenant.models:
            asked = (REQUESTS, ANSWERS, UNANSWERED)
            for kept in ("capture", *(asked if model.endpoint.asked_through == "bucket" else ())):
                bucket.add_lifecycle_rule(
                    id=f"{kept}-of-{model.name}",
                    prefix=f"{model.name}/{kept}/",
                    expiration=Duration.days(self._tenant.capture_retention_days),
                )
        # Set on the resource: the CDK's own way to do it is one more function with wide rights.
        buckets.resource_of(
            bucket
        ).notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        return bucket

    def _signing_key(self) -> kms.Key:
        """The key that signs versions; its public half verifies them anywhere."""
        key = kms.Key(
            self,
            "SigningKey",
            description=f"Terrace: signs versions of {self._tenant.name}",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=removal(retain=self._tenant.retain_data),
        )
        key.add_alias(self._names.signing_key_alias)
        return key

    def _let_logs_use_key(self) -> None:
        groups = [
            arns.arn("logs", f"log-group:{prefix}/{self._names.base}{SEPARATOR}*")
            for prefix in ("/aws/apigateway", "/aws/lambda", "/aws/vendedlogs/states", "/aws/vpc")
        ]
        endpoints = f"/aws/sagemaker/Endpoints/{self._tenant.name}{SEPARATOR}*"
        groups.append(arns.arn("logs", f"log-group:{endpoints}"))
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                actions=[
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKey*",
                    "kms:ReEncrypt*",
                ],
                principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            )
        )

    def _training_role(self) -> iam.Role:
        """Reads what a run is to be trained on, writes what training made."""
        group = "log-group:/aws/sagemaker/TrainingJobs"
        prefix = {"s3:prefix": "*/training/runs/*"}
        return self._sagemaker_role(
            "TrainingRole",
            allow(["s3:ListBucket"], [self.bucket.bucket_arn], StringLike=prefix),
            allow(["s3:GetObject"], self.objects("*/training/runs/*")),
            allow(["s3:PutObject", "s3:AbortMultipartUpload"], self.objects("*/training/jobs/*")),
            # SageMaker asks it of the role of a job whose output has a key.
            allow(["kms:Encrypt"], [self.key.key_arn]),
            allow(_MAKE_LOGS, [arns.arn("logs", group), arns.arn("logs", f"{group}:*")]),
            allow(
                ["logs:PutLogEvents"],
                [arns.arn("logs", f"{group}:log-stream:{self._tenant.name}{SEPARATOR}*")],
            ),
        )

    def _endpoint_role(self) -> iam.Role:
        """Reads models, writes captured traffic."""
        groups = f"log-group:/aws/sagemaker/Endpoints/{self._tenant.name}{SEPARATOR}*"
        return self._sagemaker_role(
            "EndpointRole",
            allow(["s3:GetObject"], self.objects("*/training/jobs/*")),
            allow(["s3:PutObject"], self.objects("*/capture/*")),
            # SageMaker looks at a rollout's alarms with the role of the endpoint.
            allow(
                ["cloudwatch:DescribeAlarms"],
                [arns.arn("cloudwatch", f"alarm:{self._tenant.name}{SEPARATOR}*")],
            ),
            allow([*_MAKE_LOGS, "logs:PutLogEvents"], [arns.arn("logs", groups)]),
        )

    def _sagemaker_role(self, construct_id: str, *statements: iam.PolicyStatement) -> iam.Role:
        role = tenant_role(self, construct_id, tenant=self._tenant.name, service="sagemaker")
        # Metrics have no ARN; their namespace is all that can be asked for.
        metrics = allow(
            ["cloudwatch:PutMetricData"],
            ["*"],
            StringEquals={
                "cloudwatch:namespace": ["/aws/sagemaker/Endpoints", "/aws/sagemaker/TrainingJobs"]
            },
        )
        for statement in (use_key(self.key), metrics, *statements):
            role.add_to_policy(statement)
        return role
