"""What each function may do. A function that is not here may do nothing but log."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from stacks import arns
from stacks.approval_links import Links
from stacks.isolation import Isolation
from stacks.network import Network
from stacks.policies import allow, use_key
from stacks.tracking import Tracking
from terrace.names import ALIAS, ANSWERS, REQUESTS, SEPARATOR, SMOKE_TEST, UNANSWERED, TenantNames

Statements = list[iam.PolicyStatement]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What there is to reach in a tenant."""

    tenant: str
    isolation: Isolation
    event_bus_arn: str
    topic_arn: str
    image_repository_arns: Sequence[str]
    network: Network | None
    links: Links | None = None  # by which people approve
    tracking: Tracking | None = None  # of training runs

    @property
    def bucket(self) -> s3.IBucket:
        """The tenant's data bucket."""
        return self.isolation.bucket

    def statements(self, function: str) -> Statements:
        """Everything that a function may do beside logging."""
        inside = self.network.function_statements() if self.network else []
        return [*_STATEMENTS[function](self), use_key(self.isolation.key), *inside]

    def statements_on_spark(self) -> Statements:
        """What a job does that observes the parts of a window; EMR itself puts it in a network."""
        return [*_observe(self), self.read("*/monitoring/*"), use_key(self.isolation.key)]

    def read(self, *keys: str) -> iam.PolicyStatement:
        """Reads objects by key."""
        return allow(["s3:GetObject"], self.isolation.objects(*keys))

    def write(self, *keys: str) -> iam.PolicyStatement:
        """Writes objects by key."""
        return allow(["s3:PutObject", "s3:AbortMultipartUpload"], self.isolation.objects(*keys))

    def see_keys(self) -> iam.PolicyStatement:
        """Lists the bucket; without it S3 answers a missing object with a refusal."""
        return allow(["s3:ListBucket"], [self.bucket.bucket_arn])

    def signatures(self, action: str) -> Statements:
        """Makes or verifies signatures of versions, where they are signed."""
        key = self.isolation.signing_key
        return [allow([action], [key.key_arn])] if key else []

    def know_models(self) -> iam.PolicyStatement:
        """Reads the models' deployments."""
        return allow(["ssm:GetParameter"], arns.parameters(self.tenant))

    def know_versions(self) -> iam.PolicyStatement:
        """Reads the model registry."""
        return allow(["sagemaker:DescribeModelPackage"], arns.model_packages(self.tenant))


def _validate(reach: Reach) -> Statements:
    data = reach.isolation.objects("*/training/data/*")
    read = allow(["s3:GetObject", "s3:GetObjectVersion"], data)
    written = reach.write("*/training/runs/*", "*/held-out/*")
    return [reach.know_models(), reach.see_keys(), read, written]


def _evaluate(reach: Reach) -> Statements:
    known, written = ("*/training/jobs/*", "*/held-out/*"), ("*/evaluations/*", "*/baselines/*")
    trials = allow(
        ["sagemaker:ListTrainingJobsForHyperParameterTuningJob"],
        arns.sagemaker(reach.tenant, "hyper-parameter-tuning-job"),
    )
    # Which version runs, that the new one is held against.
    champion = _running(reach)
    return [*champion, trials, reach.read(*known), reach.see_keys(), reach.write(*written)]


def _baseline(reach: Reach) -> Statements:
    keys = "*/baselines/*"
    # What runs, and its traffic, that the new data are held against.
    read = reach.read(keys, "*/training/jobs/*", "*/capture/*")
    return [*_running(reach), read, reach.see_keys(), reach.write(keys)]


def _gate(reach: Reach) -> Statements:
    return [reach.know_models()]


def _register(reach: Reach) -> Statements:
    # SageMaker checks that who registers a version may read its artifact and its image.
    return [
        reach.know_models(),
        allow(
            ["sagemaker:CreateModelPackage"],
            arns.sagemaker(reach.tenant, "model-package-group") + arns.model_packages(reach.tenant),
        ),
        reach.read("*/training/jobs/*"),
        *reach.signatures("kms:Sign"),
        allow(
            ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"],
            reach.image_repository_arns,
        ),
    ]


def _verify(reach: Reach) -> Statements:
    jobs = "*/training/jobs/*"
    stacks = allow(["cloudformation:DescribeStacks"], arns.endpoint_stacks(reach.tenant))
    table = arns.arn("dynamodb", f"table/{TenantNames(tenant=reach.tenant).rollouts_table}")
    count = allow(["dynamodb:UpdateItem"], [table])
    known = [reach.know_models(), reach.know_versions()]
    signed = reach.signatures("kms:Verify")
    return [*known, *signed, stacks, count, reach.read(jobs), reach.see_keys()]


def _compare(reach: Reach) -> Statements:
    return [*_running(reach), reach.see_keys(), reach.read("*/capture/*")]


def _canary(reach: Reach) -> Statements:
    return [*_running(reach), reach.see_keys(), reach.read("*/capture/*")]


def _ab_test(reach: Reach) -> Statements:
    alarms = arns.arn("cloudwatch", f"alarm:{reach.tenant}{SEPARATOR}*")
    read = reach.read("*/capture/*", "*/baselines/*", "*/ground-truth/*", "*/training/jobs/*")
    fired = allow(["cloudwatch:DescribeAlarms"], [alarms])
    return [*_running(reach), reach.see_keys(), read, fired]


def _smoke_test(reach: Reach) -> Statements:
    found = reach.read("*/evaluations/*", f"*/{ANSWERS}/*", f"*/{UNANSWERED}/*")
    invoke = allow(
        ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointAsync"],
        arns.sagemaker(reach.tenant, "endpoint"),
    )
    ask = allow(["lambda:InvokeFunction"], arns.serving_functions(reach.tenant, f":{ALIAS}"))
    asked = reach.write(f"*/{REQUESTS}/{SMOKE_TEST}/*")
    return [reach.know_models(), invoke, ask, found, asked, reach.see_keys()]


def _capture(reach: Reach) -> Statements:
    exchanged = reach.read(f"*/{REQUESTS}/*", f"*/{ANSWERS}/*")
    return [reach.know_models(), exchanged, reach.see_keys(), reach.write("*/capture/*")]


def _running(reach: Reach) -> Statements:
    """Finds out what answers a model's requests."""
    tenant = reach.tenant
    return [
        reach.know_models(),
        reach.know_versions(),
        allow(["sagemaker:DescribeEndpoint"], arns.sagemaker(tenant, "endpoint")),
        allow(["sagemaker:DescribeEndpointConfig"], arns.sagemaker(tenant, "endpoint-config")),
        allow(["sagemaker:DescribeModel"], arns.sagemaker(tenant, "model")),
        allow(
            ["lambda:GetAlias", "lambda:GetFunctionConfiguration"],
            [f"{arn}{end}" for arn in arns.serving_functions(tenant) for end in ("", ":*")],
        ),
    ]


def _observe(reach: Reach) -> Statements:
    return [
        *_running(reach),
        reach.see_keys(),
        reach.read("*/capture/*", "*/baselines/*", "*/ground-truth/*", "*/training/jobs/*"),
        reach.write("*/monitoring/*"),
    ]


def _monitor(reach: Reach) -> Statements:
    machine = arns.state_machine(TenantNames(tenant=reach.tenant).monitoring_state_machine)
    return [
        *_observe(reach),
        reach.read("*/monitoring/*"),
        allow(["states:StartExecution"], [machine]),
        allow(["events:PutEvents"], [reach.event_bus_arn]),
    ]


def _retrain(reach: Reach) -> Statements:
    names = TenantNames(tenant=reach.tenant)
    table = arns.arn("dynamodb", f"table/{names.rollouts_table}")
    return [
        reach.know_models(),
        allow(["dynamodb:GetItem", "dynamodb:PutItem"], [table]),
        allow(["states:StartExecution"], [arns.state_machine(names.training_state_machine)]),
    ]


def _roll_back(reach: Reach) -> Statements:
    names = TenantNames(tenant=reach.tenant)
    table = arns.arn("dynamodb", f"table/{names.rollouts_table}")
    alarms = arns.arn("cloudwatch", f"alarm:{reach.tenant}{SEPARATOR}*")
    return [
        *_running(reach),
        allow(["dynamodb:GetItem"], [table]),
        allow(["cloudwatch:DescribeAlarms"], [alarms]),
        allow(["states:StartExecution"], [arns.state_machine(names.approval_state_machine)]),
    ]


def _notify(reach: Reach) -> Statements:
    if reach.links is None:
        return [allow(["sns:Publish"], [reach.topic_arn])]
    made = allow(["kms:GenerateMac"], [reach.links.key.key_arn])
    return [allow(["sns:Publish"], [reach.topic_arn, reach.links.topic.topic_arn]), made]


def _track(reach: Reach) -> Statements:
    if reach.tracking is None:
        return []
    return [reach.tracking.log(), reach.see_keys(), reach.read("*/evaluations/*")]


def _approve(reach: Reach) -> Statements:
    if reach.links is None:
        return []
    names = TenantNames(tenant=reach.tenant)
    used = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
    return [
        allow(["kms:VerifyMac"], [reach.links.key.key_arn]),
        allow(used, [arns.arn("dynamodb", f"table/{names.rollouts_table}")]),
        reach.know_versions(),
        allow(["sagemaker:UpdateModelPackage"], arns.model_packages(reach.tenant)),
    ]


_STATEMENTS: Mapping[str, Callable[[Reach], Statements]] = {
    "validate": _validate,
    "evaluate": _evaluate,
    "baseline": _baseline,
    "gate": _gate,
    "register": _register,
    "verify": _verify,
    "compare": _compare,
    "ab_test": _ab_test,
    "canary": _canary,
    "smoke_test": _smoke_test,
    "capture": _capture,
    "monitor": _monitor,
    "observe": _observe,
    "notify": _notify,
    "approve": _approve,
    "track": _track,
    "retrain": _retrain,
    "roll_back": _roll_back,
}
