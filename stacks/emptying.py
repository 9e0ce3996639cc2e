"""Takes along what a bucket or a model package group holds when its stack is deleted."""

from pathlib import Path

from aws_cdk import CustomResource, Duration, RemovalPolicy, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from stacks import arns
from stacks.policies import allow
from stacks.roles import tenant_role

# In the template as it is, so that the platform's stack needs no code from elsewhere.
_HANDLER = Path(__file__).parents[1] / "lambdas" / "emptier" / "handler.py"
_TAG = "terrace:emptied-with-stack"


class Emptier(Construct):
    """A function that empties what it is given when the stack is deleted."""

    def __init__(self, scope: Construct, construct_id: str, *, tenant: str = "") -> None:
        """`tenant` is whose it is; without one it is the platform's."""
        super().__init__(scope, construct_id)
        self.buckets: list[s3.Bucket] = []
        log_group = logs.LogGroup(
            self,
            "Logs",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._role = (
            tenant_role(self, "Role", tenant=tenant, service="lambda")
            if tenant
            else iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        )
        log_group.grant_write(self._role)
        self._function = lambda_.Function(
            self,
            "Function",
            description="Terrace: empties what is deleted with its stack",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_inline(_HANDLER.read_text()),
            handler="index.handler",
            role=self._role,
            timeout=Duration.minutes(15),
            log_group=log_group,
        )

    def take_bucket(self, bucket: s3.Bucket) -> None:
        """Deletes the objects of this bucket too."""
        self.buckets.append(bucket)
        Tags.of(bucket).add(_TAG, "true")
        arn, objects = bucket.bucket_arn, bucket.arn_for_objects("*")
        self._may(["s3:GetBucketTagging", "s3:ListBucketVersions"], [arn])
        self._may(["s3:DeleteObject", "s3:DeleteObjectVersion"], [objects])
        emptied = self._emptied(bucket, "Custom::EmptyBucket", arn)
        if bucket.policy:
            emptied.node.add_dependency(bucket.policy)

    def take_versions(self, group: sagemaker.CfnModelPackageGroup, tenant: str) -> None:
        """Deletes the versions of this model package group of the tenant too."""
        Tags.of(group).add(_TAG, "true")
        arn = group.attr_model_package_group_arn
        # Of all groups: that of a model that leaves the file goes after the policy has changed.
        self._may(["sagemaker:ListTags"], arns.sagemaker(tenant, "model-package-group"))
        self._may(["sagemaker:DeleteModelPackage"], arns.model_packages(tenant))
        self._may(["sagemaker:ListModelPackages"], ["*"])
        self._emptied(group, "Custom::EmptyModelPackageGroup", arn)

    def _may(self, actions: list[str], resources: list[str]) -> None:
        self._role.add_to_policy(allow(actions, resources))

    def _emptied(self, scope: Construct, kind: str, arn: str) -> CustomResource:
        emptied = CustomResource(
            scope,
            "Emptied",
            resource_type=kind,
            service_token=self._function.function_arn,
            properties={"Arn": arn},
        )
        # What it may do outlives it.
        emptied.node.add_dependency(self._role)
        return emptied
