"""A ceiling over every role of a tenant: whatever a policy says by mistake, this it cannot do."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.policies import allow
from terrace.names import TENANT_TAG, TenantNames, joined

# What a tenant's roles work with; identities, accounts and networks' shapes are not among it.
_SERVICES = (
    "application-autoscaling", "cloudformation", "cloudwatch", "codedeploy", "dynamodb", "ecr",
    "emr-serverless", "events", "firehose", "kms", "lambda", "logs", "s3", "sagemaker",
    "sagemaker-mlflow", "sns",
    "sqs", "ssm", "states", "xray",
)  # fmt: skip
_INTERFACES = ("ec2:*NetworkInterface*", "ec2:*PrivateIpAddresses", "ec2:Describe*")


class Boundary(Construct):
    """No rights over identities, and none over what carries another tenant's tag."""

    def __init__(self, scope: Construct, construct_id: str, *, tenant: str) -> None:
        super().__init__(scope, construct_id)
        self.actions = [*(f"{service}:*" for service in _SERVICES), *_INTERFACES]
        names = TenantNames(tenant=tenant)
        roles = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role"
        tag = f"aws:ResourceTag/{TENANT_TAG}"
        policy = iam.ManagedPolicy(
            self,
            "Policy",
            managed_policy_name=joined(names.base, "boundary"),
            description=f"Terrace: what no role of {tenant} may exceed",
            statements=[
                allow(self.actions, ["*"]),
                allow(["iam:PassRole"], [f"{roles}{names.role_path}*"]),
                allow(["iam:CreateServiceLinkedRole"], [f"{roles}/aws-service-role/*"]),
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    actions=["*"],
                    resources=["*"],
                    conditions={"StringNotEquals": {tag: tenant}, "Null": {tag: "false"}},
                ),
            ],
        )
        iam.PermissionsBoundary.of(scope).apply(policy)
