"""Whether the account's quotas have room for exactly what the file needs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from terrace.cli.doctor.account import Account, CannotAsk
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.checks.instances import count_instances
from terrace.cli.doctor.checks.ownership import owned
from terrace.cli.doctor.finding import Finding, ok, problem, unknown, warning

_CHECK = "quotas"
_SMALLEST_JOB = 8  # vCPUs: a driver and one executor of 4, which are EMR Serverless's defaults
_GLOBAL = "us-east-1"  # where Service Quotas answers for services that have no region


@dataclass(frozen=True, kw_only=True)
class _Need:
    """How much of something the file needs, and the quota that limits it.

    Attributes:
        service: The service's code in Service Quotas.
        quota: The quota's code or name.
        required: With fewer, the deployment or the first use fails.
        wanted: With fewer, the file's own limits cannot be reached.
        used: How many the account has that the file's stacks did not make.
    """

    service: str
    quota: str
    required: int
    wanted: int
    used: int = 0


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """A quota on the resources of a CloudFormation type, and how the account lists them."""

    service: str
    quota: str
    type: str
    client: str
    operation: str
    items: str
    name: str = ""


_COUNTED: Sequence[_Counted] = (
    _Counted(service="iam", quota="L-FE177D64", type="AWS::IAM::Role",
             client="iam", operation="list_roles", items="Roles", name="RoleName"),
    _Counted(service="events", quota="L-658A4FD9", type="AWS::Events::EventBus",
             client="events", operation="list_event_buses", items="EventBuses", name="Name"),
    _Counted(service="scheduler", quota="L-A632CD40", type="AWS::Scheduler::ScheduleGroup",
             client="scheduler", operation="list_schedule_groups", items="ScheduleGroups",
             name="Name"),
    _Counted(service="vpc", quota="L-F678F1CE", type="AWS::EC2::VPC",
             client="ec2", operation="describe_vpcs", items="Vpcs", name="VpcId"),
    _Counted(service="firehose", quota="L-14BB0BE7", type="AWS::KinesisFirehose::DeliveryStream",
             client="firehose", operation="list_delivery_streams", items="DeliveryStreamNames"),
    _Counted(service="sagemaker", quota="L-6BC1B1A9", type="AWS::SageMaker::MlflowTrackingServer",
             client="sagemaker", operation="list_mlflow_tracking_servers",
             items="TrackingServerSummaries", name="TrackingServerName"),
)  # fmt: skip


def check(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Compares what the file needs, and what exists besides, with each quota."""
    findings: list[Finding] = []
    needs = list(_needs(account, assembly))
    for need in needs:
        findings.extend(_judge(account, need))
    yield from findings or [ok(_CHECK, f"{len(needs)} quotas have room for what the file needs")]


def _judge(account: Account, need: _Need) -> Iterator[Finding]:
    try:
        quota = _quota(account, need)
    except CannotAsk as error:
        yield unknown(_CHECK, f"{need.quota}: {error}", "allow servicequotas:ListServiceQuotas")
        return
    if quota is None:
        yield unknown(
            _CHECK,
            f"Service Quotas knows no {need.quota!r} of {need.service}; {need.required} needed",
            "look it up in the service's documentation",
        )
    elif need.required + need.used > quota["Value"]:
        yield problem(_CHECK, _shortage(need.required, need, quota), _raise(need, quota))
    elif need.wanted + need.used > quota["Value"]:
        yield warning(
            _CHECK,
            f"{_shortage(need.wanted, need, quota)}: scaling out or a rollout at full size fails",
            _raise(need, quota),
        )


def _shortage(count: int, need: _Need, quota: dict[str, Any]) -> str:
    besides = f", besides {need.used} that exist" if need.used else ""
    allowed = f"{quota['Value']:g}"
    return f"{quota['QuotaName']}: the file needs {count}{besides}; the account may have {allowed}"


def _raise(need: _Need, quota: dict[str, Any]) -> str:
    if not quota.get("Adjustable", True):
        return "AWS does not raise this quota: divide the file between accounts"
    return (
        f"`aws service-quotas request-service-quota-increase --service-code {need.service} "
        f"--quota-code {quota['QuotaCode']} --desired-value {need.wanted + need.used}`"
    )


def _needs(account: Account, assembly: Assembly) -> Iterator[_Need]:
    stacks = {
        stack["StackName"] for stack in account.each("cloudformation", "describe_stacks", "Stacks")
    }
    yield _exactly(
        "cloudformation", "L-0485CB21", len(assembly.stacks), len(stacks - {*assembly.stacks})
    )
    own = owned(account, assembly)
    for counted in _COUNTED:
        if count := sum(1 for _ in assembly.of_type(counted.type)):
            yield _exactly(counted.service, counted.quota, count, _besides(account, counted, own))
    yield from _rules(account, assembly)
    yield from _virtual_cores(assembly)
    for quota, instances in count_instances(assembly.settings).items():
        yield _Need(
            service="sagemaker", quota=quota, required=instances.required, wanted=instances.wanted
        )


def _exactly(service: str, quota: str, count: int, used: int = 0) -> _Need:
    return _Need(service=service, quota=quota, required=count, wanted=count, used=used)


def _besides(account: Account, counted: _Counted, own: frozenset[str]) -> int:
    """How many exist that the stacks did not make."""
    items = account.each(counted.client, counted.operation, counted.items)
    return sum(1 for item in items if (item[counted.name] if counted.name else item) not in own)


def _rules(account: Account, assembly: Assembly) -> Iterator[_Need]:
    """The rules of the default bus, and of the fullest of the tenants' own buses."""
    rules = assembly.of_type("AWS::Events::Rule")
    buses = Counter(str(rule.properties.get("EventBusName", "default")) for rule in rules)
    if on_default := buses.pop("default", 0):
        own = {identifier.rpartition("|")[2] for identifier in owned(account, assembly)}
        existing = account.each("events", "list_rules", "Rules")
        used = sum(1 for rule in existing if rule["Name"] not in own)
        yield _exactly("events", "L-244521F2", on_default, used)
    if buses:
        yield _exactly("events", "L-244521F2", max(buses.values()))


def _virtual_cores(assembly: Assembly) -> Iterator[_Need]:
    """The vCPUs of the largest EMR Serverless application; a new account may have 16."""
    applications = assembly.of_type("AWS::EMRServerless::Application")
    capacities = [application.properties.get("MaximumCapacity", {}) for application in applications]
    cores = [int(str(capacity["Cpu"]).split()[0]) for capacity in capacities if capacity]
    if cores:
        yield _Need(
            service="emr-serverless",
            quota="L-D05C8A75",
            required=_SMALLEST_JOB,
            wanted=max(cores),
        )


def _quota(account: Account, need: _Need) -> dict[str, Any] | None:
    """The quota by its code or name: the applied one, or else AWS's default."""
    region = _GLOBAL if need.service == "iam" else None
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        quotas = account.each(
            "service-quotas", operation, "Quotas", region=region, ServiceCode=need.service
        )
        for quota in quotas:
            if need.quota in (quota["QuotaCode"], quota["QuotaName"]):
                return dict(quota)
    return None
