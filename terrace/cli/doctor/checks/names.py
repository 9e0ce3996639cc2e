"""Names that the templates fix, and that something else in the account has already."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from terrace.cli.doctor.account import Account, CannotAsk
from terrace.cli.doctor.assembly import Assembly, in_account
from terrace.cli.doctor.checks.ownership import owned
from terrace.cli.doctor.finding import Finding, ok, problem, unknown

_CHECK = "names"
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class _Listing:
    """How a service lists what exists: the operation, the list's key and the name's key."""

    service: str
    operation: str
    items: str
    name: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)

    def names(self, account: Account) -> frozenset[str]:
        """The names that exist; an item without a name's key is the name, or an ARN or URL."""
        items = account.each(self.service, self.operation, self.items, **self.request)
        names = (str(item[self.name]) if self.name else str(item) for item in items)
        return frozenset(_last(name) for name in names)


# Those of the templates' types whose names are fixed and which survive a deleted stack, or which
# others may have made.
_LISTINGS: Mapping[str, _Listing] = {
    "AWS::CloudTrail::Trail": _Listing(
        service="cloudtrail", operation="list_trails", items="Trails", name="Name"
    ),
    "AWS::CloudWatch::Dashboard": _Listing(
        service="cloudwatch",
        operation="list_dashboards",
        items="DashboardEntries",
        name="DashboardName",
    ),
    "AWS::DynamoDB::Table": _Listing(
        service="dynamodb", operation="list_tables", items="TableNames"
    ),
    "AWS::Events::EventBus": _Listing(
        service="events", operation="list_event_buses", items="EventBuses", name="Name"
    ),
    "AWS::IAM::Role": _Listing(
        service="iam", operation="list_roles", items="Roles", name="RoleName"
    ),
    "AWS::KMS::Alias": _Listing(
        service="kms", operation="list_aliases", items="Aliases", name="AliasName"
    ),
    "AWS::KinesisFirehose::DeliveryStream": _Listing(
        service="firehose", operation="list_delivery_streams", items="DeliveryStreamNames"
    ),
    "AWS::Lambda::Function": _Listing(
        service="lambda", operation="list_functions", items="Functions", name="FunctionName"
    ),
    "AWS::Logs::LogGroup": _Listing(
        service="logs", operation="describe_log_groups", items="logGroups", name="logGroupName"
    ),
    "AWS::S3::Bucket": _Listing(
        service="s3", operation="list_buckets", items="Buckets", name="Name"
    ),
    "AWS::SNS::Topic": _Listing(
        service="sns", operation="list_topics", items="Topics", name="TopicArn"
    ),
    "AWS::SQS::Queue": _Listing(service="sqs", operation="list_queues", items="QueueUrls"),
    "AWS::SageMaker::ModelPackageGroup": _Listing(
        service="sagemaker",
        operation="list_model_package_groups",
        items="ModelPackageGroupSummaryList",
        name="ModelPackageGroupName",
    ),
    "AWS::Scheduler::ScheduleGroup": _Listing(
        service="scheduler", operation="list_schedule_groups", items="ScheduleGroups", name="Name"
    ),
    "AWS::StepFunctions::StateMachine": _Listing(
        service="stepfunctions", operation="list_state_machines", items="stateMachines", name="name"
    ),
}  # fmt: skip


def check(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Compares the fixed names with those that exist and that none of our stacks has made."""
    own = {_last(name) for name in owned(account, assembly)}
    free = 0
    wanted = {kind: names for kind, names in _wanted(account, assembly).items() if names}
    for kind, names in wanted.items():
        try:
            clashes = sorted((names & _LISTINGS[kind].names(account)) - own)
        except CannotAsk as error:
            yield unknown(_CHECK, f"{kind}: {error}", "allow the call, or look yourself")
            continue
        free += len(names) - len(clashes)
        if clashes:
            yield _clash(kind, clashes)
    yield ok(_CHECK, f"{free} of {sum(map(len, wanted.values()))} fixed names are free or our own")


def _wanted(account: Account, assembly: Assembly) -> dict[str, frozenset[str]]:
    region = str(account.region)
    return {
        kind: frozenset(
            _last(in_account(name, account.number, region, account.partition))
            for resource in assembly.of_type(kind)
            if (name := assembly.fixed_name(resource))
        )
        for kind in _LISTINGS
    }


def _clash(kind: str, clashes: list[str]) -> Finding:
    shown = ", ".join(clashes[:_SHOWN])
    more = f" and {len(clashes) - _SHOWN} more" if len(clashes) > _SHOWN else ""
    return problem(
        _CHECK,
        f"{kind} exists already, outside the stacks: {shown}{more}",
        "delete what an earlier deployment left, import it (`cdk import`), or rename the tenant",
    )


def _last(name: str) -> str:
    """The name in an ARN, a URL, or a name."""
    if name.startswith("arn:"):
        return name.rpartition(":")[2]
    return name.rpartition("/")[2] if name.startswith("http") else name
