"""What CloudFormation may do when the approval state machine updates an endpoint's stack."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import arns
from stacks.isolation import Isolation
from stacks.policies import allow, pass_role
from stacks.roles import tenant_role
from stacks.serving import Serving
from terrace.names import PREFIX, SEPARATOR, SERVE, joined
from terrace.settings import Tenant

_SCALING = "application-autoscaling"
# CodeDeploy's own.
_ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
# What CloudFormation reads of a function that it updates.
_READ = ("GetFunctionCodeSigningConfig", "GetFunctionRecursionConfig",
         "GetProvisionedConcurrencyConfig", "GetRuntimeManagementConfig")  # fmt: skip
# It looks at the network of a function in one, and these take no resource.
_NETWORKS = ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs")


def rollout_role(
    scope: Construct, *, tenant: Tenant, isolation: Isolation, serving: Serving | None
) -> iam.Role:
    """The service role: the kinds of an endpoint's stack, under the tenant's names, alone."""
    role = tenant_role(scope, "RolloutRole", tenant=tenant.name, service="cloudformation")
    statements = [
        *_sagemaker(tenant.name),
        pass_role(isolation.endpoint_role, "sagemaker"),
        # For the disks of the endpoint's instances.
        allow(["kms:CreateGrant", "kms:DescribeKey"], [isolation.key.key_arn]),
        *_scaling(),
        *(_functions(tenant.name, serving) if serving else ()),
        *([allow(_NETWORKS, ["*"])] if serving and tenant.network else ()),
        allow(
            ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm",
             "cloudwatch:TagResource", "cloudwatch:UntagResource",
             "cloudwatch:ListTagsForResource"],
            # The endpoint's own alarms, and those that its scaling makes for itself.
            [arns.arn("cloudwatch", f"alarm:{prefix}{tenant.name}{SEPARATOR}*")
             for prefix in ("", "TargetTracking-endpoint/")],
        ),
    ]  # fmt: skip
    for statement in statements:
        role.add_to_policy(statement)
    return role


def _sagemaker(tenant: str) -> list[iam.PolicyStatement]:
    kinds = {"Model": "model", "EndpointConfig": "endpoint-config", "Endpoint": "endpoint"}
    made = [
        allow(
            [f"sagemaker:{verb}{kind}" for verb in ("Create", "Delete", "Describe")],
            arns.sagemaker(tenant, resource),
        )
        for kind, resource in kinds.items()
    ]
    tagged = arns.sagemaker(tenant, *kinds.values())
    return [
        *made,
        # Who gives an endpoint a configuration needs the right for both.
        allow(
            ["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"],
            arns.sagemaker(tenant, "endpoint", "endpoint-config"),
        ),
        # Scaling sets the number of instances.
        allow(["sagemaker:UpdateEndpointWeightsAndCapacities"], arns.sagemaker(tenant, "endpoint")),
        allow(["sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags"], tagged),
        allow(["sagemaker:DescribeModelPackage"], arns.model_packages(tenant)),
    ]


def _functions(tenant: str, serving: Serving) -> list[iam.PolicyStatement]:
    """Another version of a function that serves a model, and CodeDeploy's move to it."""
    named = joined(PREFIX, tenant, SERVE, "*")
    groups = [arns.arn("codedeploy", f"deploymentgroup:{named}/{named}")]
    applications = [
        arns.arn("codedeploy", f"application:{named}"),
        *groups,
        arns.arn("codedeploy", f"deploymentconfig:{named}"),
    ]
    return [
        allow(
            [f"lambda:{action}" for action in (
                "GetFunction", "GetFunctionConfiguration", "UpdateFunctionConfiguration",
                "PublishVersion", "ListVersionsByFunction", "DeleteFunction",
                "GetAlias", "UpdateAlias", "ListTags", *_READ)],
            arns.serving_functions(tenant),
        ),
        allow(
            [f"codedeploy:{action}" for action in (
                "CreateDeployment", "GetApplicationRevision", "GetDeployment",
                "GetDeploymentConfig", "RegisterApplicationRevision")],
            applications,
        ),
        allow(
            # Each version has alarms of its own, which its deployment group is given.
            [f"codedeploy:{action}" for action in (
                "GetDeploymentGroup", "ListDeployments", "ListTagsForResource",
                "UpdateDeploymentGroup")],
            groups,
        ),
        allow(
            ["codedeploy:GetDeploymentConfig"],
            [arns.arn("codedeploy", f"deploymentconfig:{_ALL_AT_ONCE}")],
        ),
        # It takes no resource.
        allow(["codedeploy:StopDeployment"], ["*"]),
        pass_role(serving.rollout_role, "codedeploy"),
        # Whoever changes a function hands it its role and its layers again.
        pass_role(serving.role, "lambda"),
        allow(["lambda:GetLayerVersion"], [arns.arn("lambda", f"layer:{named}:*")]),
    ]  # fmt: skip


def _scaling() -> list[iam.PolicyStatement]:
    # A scalable target's ARN is an opaque id; the service is all that can be asked for.
    target = arns.arn(_SCALING, "scalable-target/*")
    return [
        allow(
            [f"{_SCALING}:{verb}{kind}" for verb, kind in (
                ("Register", "ScalableTarget"), ("Deregister", "ScalableTarget"),
                ("Put", "ScalingPolicy"), ("Delete", "ScalingPolicy"))]
            + [f"{_SCALING}:TagResource", f"{_SCALING}:UntagResource",
               f"{_SCALING}:ListTagsForResource"],
            [target],
        ),
        allow(
            [f"{_SCALING}:DescribeScalableTargets", f"{_SCALING}:DescribeScalingPolicies",
             f"{_SCALING}:DescribeScheduledActions"],
            ["*"],
        ),
        allow(
            ["iam:CreateServiceLinkedRole"],
            [
                f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/aws-service-role/"
                "sagemaker.application-autoscaling.amazonaws.com/"
                "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
            ],
            StringEquals={"iam:AWSServiceName": "sagemaker.application-autoscaling.amazonaws.com"},
        ),
    ]  # fmt: skip
