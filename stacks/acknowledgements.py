"""What cdk-nag finds and we stand by, each finding with its reason.

Wildcards are acknowledged one by one, never a whole rule: a new one anywhere is a new finding.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from stacks.boundary import Boundary
from stacks.buckets import resource_of
from stacks.emptying import Emptier
from stacks.platform import API_LOGS, PlatformStack
from stacks.tenant import TenantStack
from stacks.tracking import FOLDER

_Named = Mapping[str, Mapping[str, str]]
_ACCOUNT = "<AWS::Region>:<AWS::AccountId>"

# By service, and the resource behind the ARN's account.
_NAMED = {
    "cloudformation": {
        "stack/terrace--{tenant}--*/*": "All endpoint stacks of this tenant; the end of a stack's "
        "ARN is an id that is known only once it is there.",
    },
    "cloudwatch": {
        "alarm:{tenant}--*": "All endpoint alarms of this tenant.",
        "alarm:TargetTracking-endpoint/{tenant}--*": "The alarms that Application Auto Scaling "
        "makes for this tenant's endpoints; it gives their names.",
    },
    "lambda": {
        "function:terrace--{tenant}--serve--*": "The functions that serve this tenant's models.",
        "function:terrace--{tenant}--serve--*:*": "Their versions.",
        "function:terrace--{tenant}--serve--*:live": "The versions of them that answer.",
    },
    "logs": {
        "log-group:/aws/sagemaker/Endpoints/{tenant}--*": "The log groups that SageMaker makes for "
        "this tenant's endpoints.",
        "log-group:/aws/sagemaker/TrainingJobs:*": "SageMaker's one log group for all training "
        "jobs; its ARN ends so. Only streams can be made, and none written to.",
        "log-group:/aws/sagemaker/TrainingJobs:log-stream:{tenant}--*": "The log streams of this "
        "tenant's training jobs.",
    },
    "sagemaker": {
        "endpoint/{tenant}--*": "All endpoints of this tenant, and of no other.",
        "endpoint-config/{tenant}--*": "Endpoint configurations have the version in their name.",
        "model/{tenant}--*": "SageMaker models have the version in their name.",
        "model-package-group/{tenant}--*": "All model package groups of this tenant.",
        "model-package/{tenant}--*/*": "All versions of this tenant's models, those to come too.",
        "training-job/{tenant}--*": "Training jobs have the run in their name.",
        "hyper-parameter-tuning-job/{tenant}--*": "Tuning jobs likewise.",
    },
    "states": {
        "execution:terrace--{tenant}--monitoring:*": "Executions have ids that AWS gives.",
        "execution:terrace--{tenant}--monitoring/Observe:*": "A map run's executions likewise.",
    },
    "ssm": {
        "parameter/terrace/{tenant}/*": "What is deployed of all models of this tenant.",
    },
    "application-autoscaling": {
        "scalable-target/*": "A scalable target's ARN is an id that nobody can know before.",
    },
}
_OBJECTS = {
    "*/training/data/*": "The training sets of each of the tenant's models.",
    "*/training/runs/*": "What each run of each of the tenant's models is trained on.",
    "*/held-out/*": "The rows that no training of the tenant's models sees.",
    "*/training/jobs/*": "What the training jobs of each of the tenant's models made.",
    "*/baselines/*": "The baselines of each of the tenant's models.",
    "*/evaluations/*": "The evaluations of each of the tenant's models.",
    "*/capture/*": "The captured traffic of each of the tenant's models.",
    "*/requests/*": "What each of the tenant's models is asked by way of the bucket.",
    "*/requests/smoke-test/*": "The samples that each of them is asked so.",
    "*/answers/*": "The answers of each of the tenant's models that is asked so.",
    "*/unanswered/*": "What each of them could not answer.",
    "*/ground-truth/*": "The labels of each of the tenant's models, which came later.",
    "*/monitoring/*": "The monitors' results of each of the tenant's models.",
}

# Of tenants whose models functions answer for, beside the above.
_NAMED_SERVING = {
    "codedeploy": {
        "application:terrace--{tenant}--serve--*": "The applications of this tenant's functions.",
        "deploymentgroup:terrace--{tenant}--serve--*/terrace--{tenant}--serve--*": "Likewise.",
        "deploymentconfig:terrace--{tenant}--serve--*": "How their traffic is shifted.",
    },
    "firehose": {
        "deliverystream/terrace--{tenant}--*": "The capture of all models of this tenant.",
    },
    "lambda": {
        "layer:terrace--{tenant}--serve--*:*": "Their packages; a layer's version is a number.",
    },
    "logs": {
        "log-group:/aws/lambda/terrace--{tenant}--serve--*:*": "The logs of the functions that "
        "serve this tenant's models.",
    },
}
_EVERYTHING_SERVING = {
    "Serving/FunctionRole": "X-Ray's actions take no resource.",
}
_API = {
    "AwsSolutions-APIG2": "The function checks requests against the model itself, and says what "
    "is wrong in which row and column; a schema of the API's would say less.",
    "AwsSolutions-APIG4": "Callers have the tenant's own key, with a plan that limits them.",
    "AwsSolutions-COG4": "Callers are programs with the tenant's key, not people who log in.",
    "AwsSolutions-APIG3": "A firewall costs more than all else of a lightweight tenant; the plan "
    "limits what a key can ask for.",
}

_LINKS = {
    "AwsSolutions-APIG2": "The function checks each link, and takes one of two words.",
    "AwsSolutions-APIG3": "Whoever has no link is refused at once, and few requests a second get "
    "so far.",
    "AwsSolutions-APIG4": "A link is authenticated by KMS, for one person and one version.",
    "AwsSolutions-COG4": "Those who approve have a link each, and need no account with AWS.",
    "AwsSolutions-KMS5": "KMS does not rotate keys of this kind, and links end within days.",
}

# Of tenants with a network of their own.
_NAMED_NETWORK = {
    "ec2": {
        "network-interface/*": "An interface's id is known once it is there. A new one needs the "
        "tenant's own subnet and group, and a made one is held to the tenant's network.",
    },
}

_SAGEMAKER = "EC2's Describe actions, which SageMaker asks for in a network, take no resource."
_LAMBDA = (
    "X-Ray's actions take no resource. Lambda's guide wants those on network interfaces for all "
    "resources; they are denied to the function's own code."
)
_EVERYTHING_NETWORK = {
    "Functions": _LAMBDA,
    "Isolation/TrainingRole": _SAGEMAKER,
    "Isolation/EndpointRole": _SAGEMAKER,
    "Network/FlowRole": "logs:DescribeLogGroups takes no resource.",
}
_SERVING_NETWORK = {"Serving/FunctionRole": _LAMBDA}

# Where an action has no resource to name; by the path of who may do it.
_EVERYTHING = {
    "Functions": "X-Ray's actions take no resource.",
    "Pipelines/Training": "X-Ray's and CloudWatch's log delivery actions take no resource.",
    "Pipelines/Approval": "X-Ray's and CloudWatch's log delivery actions take no resource.",
    "Pipelines/Monitoring": "X-Ray's and CloudWatch's log delivery actions take no resource.",
    "Pipelines/RolloutRole": "The Describe actions of Application Auto Scaling and EC2 take no "
    "resource, nor does codedeploy:StopDeployment.",
    "Isolation/TrainingRole": "ecr:GetAuthorizationToken takes no resource, nor does "
    "cloudwatch:PutMetricData, which is limited to SageMaker's namespaces.",
    "Isolation/EndpointRole": "ecr:GetAuthorizationToken takes no resource, nor does "
    "cloudwatch:PutMetricData, which is limited to SageMaker's namespaces.",
}


def acknowledge_platform(platform: PlatformStack) -> None:
    """Acknowledges what is found in the platform's stack."""
    policy = "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{}]"
    reason = "API Gateway tries the role by writing to a log group of its own; AWS made the policy."
    _acknowledge(platform, policy.format(API_LOGS), reason)
    reason = "This is the bucket that access logs go to; its own would go to itself."
    _acknowledge(platform.access_logs, "AwsSolutions-S1", reason)
    _acknowledge_emptier(platform.emptier)


def acknowledge_tenant(stack: TenantStack, tenant: str) -> None:
    """Acknowledges what is found in a tenant's stack."""
    named, everything = [_NAMED], dict(_EVERYTHING)
    if stack.serving:
        named.append(_NAMED_SERVING)
        everything |= _EVERYTHING_SERVING
    _acknowledge_apis(stack)
    if stack.tracking:
        reason = "The folder of the tenant's tracking server, which no model's can be."
        resource = f"{_arn(stack.isolation.bucket)}/{FOLDER}/*"
        _acknowledge(stack.tracking, f"AwsSolutions-IAM5[Resource::{resource}]", reason)
    if stack.place:
        named.append(_NAMED_NETWORK)
        everything |= _EVERYTHING_NETWORK | (_SERVING_NETWORK if stack.serving else {})
    if stack.spark:
        runs = f"<{stack.get_logical_id(stack.spark.application)}.Arn>/jobruns/*"
        reason = "A job run's ARN is an id that AWS gives, below the tenant's own application."
        _acknowledge(stack, f"AwsSolutions-IAM5[Resource::{runs}]", reason)
    if stack.boundary:
        _acknowledge_boundary(stack.boundary, tenant)
    for resource, reason in _wildcards(stack, tenant, named):
        _acknowledge(stack, f"AwsSolutions-IAM5[Resource::{resource}]", reason)
    for path, reason in everything.items():
        _acknowledge(_at(stack, path), "AwsSolutions-IAM5[Resource::*]", reason)
    _acknowledge_emptier(stack.isolation.emptier)
    reason = "It is the dead-letter queue of EventBridge's rules and schedules."
    _acknowledge(stack.notification.undelivered, "AwsSolutions-SQS3", reason)


def _acknowledge_apis(stack: TenantStack) -> None:
    for api, rules in ((stack.serving, _API), (stack.links, _LINKS)):
        for rule, reason in rules.items() if api else ():
            _acknowledge(cast(IConstruct, api), rule, reason)


def _wildcards(
    stack: TenantStack, tenant: str, named: Sequence[_Named]
) -> Iterator[tuple[str, str]]:
    for service, resources in (item for one in named for item in one.items()):
        for resource, reason in resources.items():
            arn = f"arn:<AWS::Partition>:{service}:{_ACCOUNT}:{resource.format(tenant=tenant)}"
            yield arn, reason
    bucket = _arn(stack.isolation.bucket)
    for keys, reason in _OBJECTS.items():
        yield f"{bucket}/{keys}", reason


def _acknowledge_boundary(boundary: Boundary, tenant: str) -> None:
    reason = "A boundary gives no right; it says what no policy can give."
    roles = "arn:<AWS::Partition>:iam::<AWS::AccountId>:role"
    resources = ("*", f"{roles}/terrace/{tenant}/*", f"{roles}/aws-service-role/*")
    for finding in (
        *(f"Action::{action}" for action in boundary.actions),
        *(f"Resource::{resource}" for resource in resources),
    ):
        _acknowledge(boundary, f"AwsSolutions-IAM5[{finding}]", reason)


def _acknowledge_emptier(emptier: Emptier | None) -> None:
    if emptier is None:
        return
    reason = "sagemaker:ListModelPackages takes no resource."
    _acknowledge(emptier, "AwsSolutions-IAM5[Resource::*]", reason)
    reason = "Deletes every object of a bucket that is deleted with its stack."
    for bucket in emptier.buckets:
        _acknowledge(emptier, f"AwsSolutions-IAM5[Resource::{_arn(bucket)}/*]", reason)


def _arn(bucket: s3.Bucket) -> str:
    return f"<{Stack.of(bucket).get_logical_id(resource_of(bucket))}.Arn>"


def _acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    rule = Acknowledgment(id=f"AwsSolutions::{finding}", reason=reason)
    Validations.of(construct).acknowledge(rule)


def _at(stack: Stack, path: str) -> IConstruct:
    construct: IConstruct = stack
    for step in path.split("/"):
        construct = construct.node.find_child(step)
    return construct
