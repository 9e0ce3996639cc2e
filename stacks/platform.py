"""The platform stack: what all tenants share, which is never their data."""

from aws_cdk import Aws, CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks import buckets, topics
from stacks.audit import Audit
from stacks.emptying import Emptier
from stacks.policies import allow
from stacks.topics import service_principal
from terrace.names import (
    PLATFORM_DEPLOY_ROLE,
    PLATFORM_STACK,
    PLATFORM_TOPIC,
    PREFIX,
    joined,
)
from terrace.settings import Platform, Settings

_GITHUB = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"
API_LOGS = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
_BOOTSTRAP_ROLES = ("deploy", "file-publishing", "image-publishing", "lookup")


class PlatformStack(Stack):
    """The operators' topic, the buckets for access logs and artifacts, the role that CI deploys as.

    Its buckets are kept as long as any tenant's data is.
    """

    topic: sns.ITopic
    key: kms.IKey
    access_logs: s3.IBucket

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, PLATFORM_STACK, description="Terrace: what all tenants share")
        retain = any(tenant.retain_data for tenant in settings.tenants)
        self.key = topics.encryption_key(self, description="Terrace: the platform", retain=retain)
        self.topic = topics.topic(
            self,
            name=PLATFORM_TOPIC,
            key=self.key,
            publishers=[
                service_principal("cloudwatch"),
                # EventBridge supports no condition in the policy of a topic.
                iam.ServicePrincipal("events.amazonaws.com"),
            ],
            subscriptions=settings.platform.subscriptions,
        )
        self.emptier = None if retain else Emptier(self, "Emptier")
        self.access_logs = self._access_logs()
        artifacts = buckets.bucket(
            self,
            "Artifacts",
            bucket_name=_bucket("artifacts"),
            key=self.key,
            access_logs=self.access_logs,
            emptier=self.emptier,
        )
        has_apis = any(tenant.has_apis for tenant in settings.tenants)
        if has_apis and settings.platform.api_gateway_log_role == "create":
            self._api_logs()
        if audited := [tenant.name for tenant in settings.tenants if tenant.audit_trail]:
            Audit(
                self,
                "Audit",
                tenants=audited,
                access_logs=self.access_logs,
                emptier=self.emptier,
            )
        if settings.platform.repository:
            self._deploy_role(settings.platform, settings.platform.repository)
        CfnOutput(self, "AlertsTopicArn", value=self.topic.topic_arn)
        CfnOutput(self, "ArtifactBucket", value=artifacts.bucket_name)

    def _access_logs(self) -> s3.Bucket:
        """Where S3 writes who read and wrote the buckets; S3 cannot use a key of ours for it."""
        logs = buckets.bucket(
            self,
            "AccessLogs",
            bucket_name=_bucket("access-logs"),
            key=None,
            access_logs=None,
            emptier=self.emptier,
        )
        logs.add_lifecycle_rule(expiration=buckets.ACCESS_LOGS_KEPT)
        logs.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"],
                principals=[
                    service_principal("logging.s3").with_conditions(
                        # By name: the tenants' buckets come after this one. One dash only, since
                        # CloudFormation collapses a run of them in the names that it generates.
                        {"ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:s3:::{PREFIX}-*"}}
                    )
                ],
                resources=[logs.arn_for_objects("*")],
            )
        )
        return logs

    def _api_logs(self) -> None:
        """Lets the tenants' APIs write their logs.

        API Gateway tries the role when the account is updated, by writing to a log group of its
        own: so the role has the policy that AWS made for this, and has it before.
        """
        role = iam.Role(
            self,
            "ApiLogsRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(API_LOGS)],
        )
        account = apigateway.CfnAccount(self, "ApiLogs", cloud_watch_role_arn=role.role_arn)
        account.node.add_dependency(role)

    def _deploy_role(self, platform: Platform, repository: str) -> None:
        """Lets one GitHub environment of one repository deploy, without a secret to leak.

        It can do nothing but become the roles of the CDK's bootstrap stack.
        """
        subject = f"repo:{repository}:environment:{platform.environment}"
        claims = {f"{_GITHUB}:aud": _AUDIENCE, f"{_GITHUB}:sub": subject}
        role = iam.Role(
            self,
            "DeployRole",
            role_name=PLATFORM_DEPLOY_ROLE,
            description=f"Deploys Terrace from {repository}, environment {platform.environment}",
            assumed_by=iam.WebIdentityPrincipal(
                self._provider_arn(platform), {"StringEquals": claims}
            ),
        )
        qualifier = self.synthesizer.bootstrap_qualifier or "hnb659fds"
        bootstrap = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/cdk-{qualifier}"
        where = f"{Aws.ACCOUNT_ID}-{Aws.REGION}"
        roles = [f"{bootstrap}-{kind}-role-{where}" for kind in _BOOTSTRAP_ROLES]
        role.add_to_policy(allow(["sts:AssumeRole"], roles))
        CfnOutput(self, "DeployRoleArn", value=role.role_arn)

    def _provider_arn(self, platform: Platform) -> str:
        """GitHub's identity provider: a new one, or the one that the account already has."""
        if platform.github_oidc_provider == "reuse":
            return f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:oidc-provider/{_GITHUB}"
        return iam.OidcProviderNative(
            self, "GitHub", url=f"https://{_GITHUB}", client_ids=[_AUDIENCE]
        ).oidc_provider_arn


def _bucket(name: str) -> str:
    """Of the platform's; account and region make it unique across AWS."""
    return joined(PREFIX, name, f"{Aws.ACCOUNT_ID}-{Aws.REGION}")
