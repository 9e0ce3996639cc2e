"""What a tenant may do beyond its own resources, each with its reason; anything else is a breach.

AWS offers no way to narrow these to one tenant. Who wears the right and under which condition is
part of what was accepted, and both are checked. What is left of a risk is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from terrace.assembly.symbols import ACCOUNT, PARTITION, REGION
from terrace.isolation import globs
from terrace.isolation.conditions import as_text
from terrace.isolation.documents import Statement
from terrace.isolation.owners import Wearer
from terrace.names import PLATFORM_TOPIC

_ROLE = f"arn:{PARTITION}:iam::{ACCOUNT}:role"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Something that is not a tenant's own, and may be used all the same.

    Attributes:
        actions: Patterns, in lower case.
        resource: A pattern of ARNs; `*` for actions that take no resource.
        worn_by: The services that may take the role on; empty: any that AWS offers.
        condition: The keys that the statement has to ask for, each with the values that it may
            name.
        reason: Why, and what is left of a risk.
    """

    actions: tuple[str, ...]
    resource: str
    reason: str
    worn_by: frozenset[str] = frozenset()
    condition: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def covers(self, action: str, resource: str) -> bool:
        """Whether this is about an action on a resource."""
        return globs.covers(self.resource, resource) and any(
            globs.covers(one, action) for one in self.actions
        )

    def is_worn_right(self, wearer: Wearer, statement: Statement) -> bool:
        """Whether a role that has the right, and the statement that gives it, are the accepted."""
        worn = not self.worn_by or (bool(wearer.trusts) and wearer.trusts <= self.worn_by)
        return worn and all(
            any(
                condition.key == key
                and condition.demands_presence
                and all(any(globs.covers(as_text(v), one) for v in values)
                        for one in map(as_text, condition.values))
                for condition in statement.conditions
            )
            for key, values in self.condition.items()
        )  # fmt: skip

    @property
    def terms(self) -> str:
        """Who may wear it and under which condition, for people."""
        worn = f"worn by {', '.join(sorted(self.worn_by))}" if self.worn_by else ""
        asked = [f"{key} is {' or '.join(values)}" for key, values in self.condition.items()]
        return "; ".join(filter(None, [worn, *asked])) or "any role"


def _services(*names: str) -> frozenset[str]:
    return frozenset(f"{name}.amazonaws.com" for name in names)


_NOTHING = "Takes no resource."
_SCALING = "sagemaker.application-autoscaling.amazonaws.com"
ACCEPTED = (
    Accepted(
        actions=("xray:puttelemetryrecords", "xray:puttracesegments", "xray:getsampling*"),
        resource="*",
        worn_by=_services("lambda", "states"),
        reason=f"{_NOTHING} Traces are written, none can be read.",
    ),
    Accepted(
        actions=("ecr:getauthorizationtoken",),
        resource="*",
        reason=f"{_NOTHING} The token opens what the role's other statements name, no more.",
    ),
    Accepted(
        actions=("logs:describeloggroups",),
        resource="*",
        worn_by=_services("vpc-flow-logs"),
        reason=f"{_NOTHING} Flow logs ask for it of their role. Left: names of log groups can be "
        "seen.",
    ),
    Accepted(
        actions=("cloudwatch:putmetricdata",),
        resource="*",
        worn_by=_services("sagemaker"),
        condition={
            "cloudwatch:namespace": ("/aws/sagemaker/Endpoints", "/aws/sagemaker/TrainingJobs")
        },
        reason=f"{_NOTHING} Left: a training job or an endpoint could write false figures for "
        "another's endpoint. Functions can too, in any namespace, by log lines in the embedded "
        "metric format: figures are no evidence between tenants.",
    ),
    Accepted(
        actions=(
            "logs:createlogdelivery",
            "logs:getlogdelivery",
            "logs:updatelogdelivery",
            "logs:deletelogdelivery",
            "logs:listlogdeliveries",
            "logs:*resourcepolic*",
            "logs:describeloggroups",
        ),
        resource="*",
        worn_by=_services("states"),
        reason=f"{_NOTHING} Step Functions asks for these of a state machine's role that logs. "
        "Left: names of log groups can be seen, and log deliveries of the account changed, by a "
        "state machine whose definition was changed.",
    ),
    Accepted(
        actions=("application-autoscaling:describe*",),
        resource="*",
        worn_by=_services("cloudformation"),
        reason=f"{_NOTHING} Left: names and sizes of other tenants' endpoints can be seen.",
    ),
    Accepted(
        actions=("ec2:describe*",),
        resource="*",
        reason=f"{_NOTHING} SageMaker and Lambda ask for these of a role that works in a network. "
        "Left: ids and address ranges of other tenants' networks can be seen, not their traffic.",
    ),
    Accepted(
        actions=("ec2:createnetworkinterface",),
        resource=f"arn:{PARTITION}:ec2:{REGION}:{ACCOUNT}:network-interface/*",
        reason="An interface that is not there yet. AWS asks for its subnet and its security "
        "groups too, which the statement names one by one.",
    ),
    Accepted(
        actions=("sagemaker:listmodelpackages",),
        resource="*",
        reason=f"{_NOTHING} Left: ARNs of versions can be seen, not their content.",
    ),
    Accepted(
        actions=("application-autoscaling:*",),
        resource=f"arn:{PARTITION}:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/*",
        worn_by=_services("cloudformation"),
        reason="AWS gives scalable targets ids that nobody knows before. Only CloudFormation takes "
        "the role on. Left: a changed endpoint template could rescale another tenant's endpoint.",
    ),
    Accepted(
        actions=("codedeploy:stopdeployment",),
        resource="*",
        worn_by=_services("cloudformation"),
        reason=f"{_NOTHING} Only CloudFormation takes the role on, and stops the deployment of an "
        "update that is cancelled. Left: a changed endpoint template could stop another tenant's "
        "rollout.",
    ),
    Accepted(
        actions=("codedeploy:getdeploymentconfig",),
        resource="arn:*:codedeploy:*:*:deploymentconfig:CodeDeployDefault.*",
        worn_by=_services("cloudformation"),
        reason="CodeDeploy's own configurations, which nobody can change.",
    ),
    Accepted(
        actions=("iam:createservicelinkedrole",),
        resource=f"{_ROLE}/aws-service-role/*",
        worn_by=_services("cloudformation"),
        condition={"iam:awsservicename": (_SCALING,)},
        reason="AWS's own role, one an account, with a policy that nobody can change.",
    ),
    Accepted(
        actions=("events:describerule", "events:putrule", "events:puttargets"),
        resource=f"arn:{PARTITION}:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsFor*",
        worn_by=_services("states"),
        reason="Step Functions' managed rule, one an account, by which it hears of jobs' ends. "
        "EventBridge lets only Step Functions change it.",
    ),
    Accepted(
        actions=("logs:createloggroup", "logs:createlogstream", "logs:describelogstreams"),
        resource=f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs*",
        worn_by=_services("sagemaker"),
        reason="SageMaker's one log group of all training jobs. Streams are made in it, and "
        "written only under the tenant's own name. Left: names of jobs can be seen.",
    ),
    Accepted(
        actions=(
            "ecr:batchchecklayeravailability",
            "ecr:batchgetimage",
            "ecr:describeimages",
            "ecr:getdownloadurlforlayer",
        ),
        resource=f"arn:{PARTITION}:ecr:{REGION}:{ACCOUNT}:repository/cdk-*-container-assets-*",
        reason="The repository of the CDK's bootstrap stack holds all tenants' images. Left: an "
        "image whose digest is known can be pulled, so nothing secret belongs into one.",
    ),
)


def why(action: str, resource: str, wearer: Wearer, statement: Statement) -> Accepted | None:
    """What accepts an action on a resource, for this wearer by this statement, if anything does."""
    return next(
        (
            one
            for one in ACCEPTED
            if one.covers(action, resource) and one.is_worn_right(wearer, statement)
        ),
        None,
    )


@dataclass(frozen=True, kw_only=True)
class Deputy:
    """A service that may act on a kind of resource for whoever in the account asks it to.

    Attributes:
        services: The service principals.
        actions: Patterns, in lower case.
        resource: A pattern of ARNs.
        reason: Why, and what is left of a risk.
        demanded: The key that the statement has to ask for, with a pattern that its values must
            fit; None: no key, since the service sends none.
    """

    services: tuple[str, ...]
    actions: tuple[str, ...]
    resource: str
    reason: str
    demanded: tuple[str, str] | None = ("aws:sourceaccount", ACCOUNT)

    def covers(self, service: str, statement: Statement, resource: str) -> bool:
        """Whether this is about what a statement lets a service do to a resource."""
        return (
            service in self.services
            and globs.covers(self.resource, resource)
            and all(any(globs.covers(one, a) for one in self.actions) for a in statement.actions)
            and self._is_demanded(statement)
        )

    def _is_demanded(self, statement: Statement) -> bool:
        if self.demanded is None:
            return True
        key, pattern = self.demanded
        return any(
            condition.key == key
            and condition.demands_presence
            and bool(condition.values)
            and all(globs.covers(pattern, value) for value in condition.values)
            for condition in statement.conditions
        )

    @property
    def terms(self) -> str:
        """What the statement has to ask for, for people."""
        return f"{self.demanded[0]} is {self.demanded[1]}" if self.demanded else "no condition"


DEPUTIES = (
    *(
        Deputy(
            services=("events.amazonaws.com",),
            actions=("kms:decrypt", "kms:generatedatakey"),
            resource=f"arn:{PARTITION}:kms:{REGION}:{ACCOUNT}:key/*",
            demanded=(
                f"kms:encryptioncontext:aws:{key}",
                f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:*",
            ),
            reason="EventBridge does not say for whom it encrypts; the encryption context does. It "
            "uses a key to hand events to topics and queues of this account, whose own policies "
            "name the rules. The key alone opens nothing.",
        )
        for service, key in (("sns", "sns:topicarn"), ("sqs", "sqs:arn"))
    ),
    Deputy(
        services=("events.amazonaws.com",),
        actions=("sns:publish",),
        resource=f"arn:{PARTITION}:sns:{REGION}:{ACCOUNT}:{PLATFORM_TOPIC}",
        demanded=None,
        reason="Every tenant's rules report to the operators, and EventBridge does not say for "
        "whom it publishes to a topic. Left: a rule of another account that knows the topic's ARN "
        "could send operators a message that is not theirs; it could read nothing.",
    ),
    Deputy(
        services=("events.amazonaws.com", "cloudwatch.amazonaws.com", "sns.amazonaws.com"),
        actions=("kms:decrypt", "kms:generatedatakey*"),
        resource=f"arn:{PARTITION}:kms:{REGION}:{ACCOUNT}:key/*",
        reason="EventBridge and CloudWatch use a key to hand messages to the tenant's topic and "
        "queues, whose own policies name the rules and alarms. The key alone opens nothing.",
    ),
    Deputy(
        services=("events.amazonaws.com", "cloudwatch.amazonaws.com"),
        actions=("sns:publish",),
        resource=f"arn:{PARTITION}:sns:{REGION}:{ACCOUNT}:{PLATFORM_TOPIC}",
        reason="Every tenant's rules and alarms report to the operators.",
    ),
    Deputy(
        services=("logging.s3.amazonaws.com",),
        actions=("s3:putobject",),
        resource=f"arn:{PARTITION}:s3:::terrace--access-logs--*",
        reason="S3 writes the access logs of every tenant's bucket; no tenant can read them.",
    ),
)
