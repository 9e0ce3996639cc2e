"""Takes the objects of a bucket along when its stack is deleted."""

from pathlib import Path

from aws_cdk import CustomResource, Duration, RemovalPolicy, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.policies import allow

# In the template as it is, so that the platform's stack needs no code from elsewhere.
_HANDLER = Path(__file__).parents[1] / "lambdas" / "empty_bucket" / "handler.py"
TAG = "terrace:emptied-with-stack"


class Emptier(Construct):
    """A function that empties the buckets which are given to it when the stack is deleted."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.buckets: list[s3.Bucket] = []
        log_group = logs.LogGroup(
            self,
            "Logs",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(self._role)
        self._function = lambda_.Function(
            self,
            "Function",
            description="Terrace: empties buckets that are deleted with their stack",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_inline(_HANDLER.read_text()),
            handler="index.handler",
            role=self._role,
            timeout=Duration.minutes(15),
            log_group=log_group,
        )

    def take(self, bucket: s3.Bucket) -> None:
        """Empties this bucket too."""
        self.buckets.append(bucket)
        Tags.of(bucket).add(TAG, "true")
        self._role.add_to_policy(
            allow(["s3:GetBucketTagging", "s3:ListBucketVersions"], [bucket.bucket_arn])
        )
        self._role.add_to_policy(
            allow(["s3:DeleteObject", "s3:DeleteObjectVersion"], [bucket.arn_for_objects("*")])
        )
        emptied = CustomResource(
            bucket,
            "Emptied",
            resource_type="Custom::EmptyBucket",
            service_token=self._function.function_arn,
            properties={"BucketName": bucket.bucket_name},
        )
        # Its rights outlive it, and so does the policy by which the bucket lets itself be emptied.
        emptied.node.add_dependency(self._role)
        if bucket.policy:
            emptied.node.add_dependency(bucket.policy)
