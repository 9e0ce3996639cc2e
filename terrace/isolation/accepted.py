"""What a tenant may do beyond its own resources, each with its reason; anything else is a breach.

AWS offers no way to narrow these to one tenant. What is left of a risk is said.
"""

from dataclasses import dataclass

from terrace.isolation import globs


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Something that is not a tenant's own, and may be used all the same.

    Attributes:
        actions: Patterns, in lower case.
        resource: A pattern of ARNs; `*` for actions that take no resource.
        reason: Why, and what is left of a risk.
    """

    actions: tuple[str, ...]
    resource: str
    reason: str

    def covers(self, action: str, resource: str) -> bool:
        """Whether this is about an action on a resource."""
        return globs.covers(self.resource, resource) and any(
            globs.covers(one, action) for one in self.actions
        )


_NOTHING = "Takes no resource."
ACCEPTED = (
    Accepted(
        actions=("xray:puttelemetryrecords", "xray:puttracesegments", "xray:getsampling*"),
        resource="*",
        reason=f"{_NOTHING} Traces are written, none can be read.",
    ),
    Accepted(
        actions=("ecr:getauthorizationtoken",),
        resource="*",
        reason=f"{_NOTHING} The token opens what the role's other statements name, no more.",
    ),
    Accepted(
        actions=("cloudwatch:putmetricdata",),
        resource="*",
        reason=f"{_NOTHING} Limited to SageMaker's two namespaces. Left: a tenant could write "
        "false figures for another's endpoint.",
    ),
    Accepted(
        actions=(
            "logs:*logdelivery",
            "logs:listlogdeliveries",
            "logs:*resourcepolic*",
            "logs:describeloggroups",
        ),
        resource="*",
        reason=f"{_NOTHING} Step Functions asks for these of a state machine's role that logs. "
        "Left: names of log groups can be seen, and log deliveries of the account changed.",
    ),
    Accepted(
        actions=("application-autoscaling:describe*",),
        resource="*",
        reason=f"{_NOTHING} Left: names and sizes of other tenants' endpoints can be seen.",
    ),
    Accepted(
        actions=("ec2:describe*",),
        resource="*",
        reason=f"{_NOTHING} SageMaker and Lambda ask for these of a role that works in a network. "
        "Left: ids and address ranges of other tenants' networks can be seen, not their traffic.",
    ),
    Accepted(
        actions=("sagemaker:listmodelpackages",),
        resource="*",
        reason=f"{_NOTHING} Left: ARNs of versions can be seen, not their content.",
    ),
    Accepted(
        actions=("application-autoscaling:*",),
        resource="arn:*:application-autoscaling:*:*:scalable-target/*",
        reason="AWS gives scalable targets ids that nobody knows before. Only CloudFormation takes "
        "the role on. Left: a changed endpoint template could rescale another tenant's endpoint.",
    ),
    Accepted(
        actions=("codedeploy:stopdeployment",),
        resource="*",
        reason=f"{_NOTHING} Only CloudFormation takes the role on, and stops the deployment of an "
        "update that is cancelled. Left: a changed endpoint template could stop another tenant's "
        "rollout.",
    ),
    Accepted(
        actions=("codedeploy:getdeploymentconfig",),
        resource="arn:*:codedeploy:*:*:deploymentconfig:CodeDeployDefault.*",
        reason="CodeDeploy's own configurations, which nobody can change.",
    ),
    Accepted(
        actions=("iam:createservicelinkedrole",),
        resource="arn:*:iam::*:role/aws-service-role/*",
        reason="AWS's own role, one an account, with a policy that nobody can change.",
    ),
    Accepted(
        actions=("events:describerule", "events:putrule", "events:puttargets"),
        resource="arn:*:events:*:*:rule/StepFunctionsGetEventsFor*",
        reason="Step Functions' managed rule, one an account, by which it hears of jobs' ends. "
        "EventBridge lets Step Functions alone change it.",
    ),
    Accepted(
        actions=("logs:createloggroup", "logs:createlogstream", "logs:describelogstreams"),
        resource="arn:*:logs:*:*:log-group:/aws/sagemaker/TrainingJobs*",
        reason="SageMaker's one log group of all training jobs. Streams are made in it, and "
        "written under the tenant's own name alone. Left: names of jobs can be seen.",
    ),
    Accepted(
        actions=(
            "ecr:batchchecklayeravailability",
            "ecr:batchgetimage",
            "ecr:describeimages",
            "ecr:getdownloadurlforlayer",
        ),
        resource="arn:*:ecr:*:*:repository/cdk-*-container-assets-*",
        reason="The repository of the CDK's bootstrap stack holds all tenants' images. Left: an "
        "image whose digest is known can be pulled, so nothing secret belongs into one.",
    ),
)
# Services that act on a resource for whoever asks them to.
DEPUTIES = (
    Accepted(
        actions=("kms:decrypt", "kms:generatedatakey*"),
        resource="arn:*:kms:*:*:key/*",
        reason="EventBridge and CloudWatch use a key to hand messages to the tenant's topic and "
        "queues, whose own policies name the rules and alarms. The key alone opens nothing.",
    ),
    Accepted(
        actions=("sns:publish",),
        resource="arn:*:sns:*:*:terrace--alerts",
        reason="Every tenant's rules and alarms tell the operators.",
    ),
    Accepted(
        actions=("s3:putobject",),
        resource="arn:aws:s3:::terrace--access-logs--*",
        reason="S3 writes the access logs of every tenant's bucket; no tenant can read them.",
    ),
)


def why(accepted: tuple[Accepted, ...], action: str, resource: str) -> Accepted | None:
    """What accepts an action on a resource, if anything does."""
    return next((one for one in accepted if one.covers(action, resource)), None)
