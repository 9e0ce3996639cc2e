"""What a file needs of each quota, and what the account has besides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from terrace.assembly.templates import Templates
from terrace.assembly.usage import LIMITED, Usage, usage
from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.checks.instances import count_instances
from terrace.cli.doctor.checks.ownership import owned

_SMALLEST_JOB = 8  # vCPUs: a driver and one executor of 4, which are EMR Serverless's defaults


@dataclass(frozen=True, kw_only=True)
class Need:
    """How much of something the file needs, and the quota that limits it.

    Attributes:
        service: The service's code in Service Quotas.
        quota: The quota's name there, or its code.
        required: With fewer, the deployment or the first use fails.
        wanted: With fewer, the file's own limits cannot be reached.
        used: How many the account has that the file's stacks did not make.
        assumed: What the account may have where Service Quotas does not list the quota.
    """

    service: str
    quota: str
    required: int
    wanted: int
    used: int = 0
    assumed: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Listing:
    """How the account lists what a quota counts."""

    client: str
    operation: str
    items: str
    name: str


# By the field of `platform.quotas`; of the others, the templates and what every account has count.
_LISTINGS: Mapping[str, _Listing] = {
    "cloudformation_stacks": _Listing(
        client="cloudformation", operation="describe_stacks", items="Stacks", name="StackName"
    ),
    "event_buses": _Listing(
        client="events", operation="list_event_buses", items="EventBuses", name="Name"
    ),
    "iam_roles": _Listing(client="iam", operation="list_roles", items="Roles", name="RoleName"),
    "schedule_groups": _Listing(
        client="scheduler", operation="list_schedule_groups", items="ScheduleGroups", name="Name"
    ),
    "vpcs": _Listing(client="ec2", operation="describe_vpcs", items="Vpcs", name="VpcId"),
}


def list_needs(account: Account, assembly: Assembly) -> Iterator[Need]:
    """The needs of everything that the templates and the settings name.

    Raises:
        CannotAsk: The account does not tell what it has.
    """
    quotas = assembly.settings.platform.quotas
    for used in usage(Templates.of(assembly.folder), quotas):
        if count := used.count - _present(used):
            yield Need(
                service=used.service,
                quota=used.quota_name,
                required=count,
                wanted=count,
                used=_besides(account, assembly, used),
                assumed=used.allowed,
            )
    yield from _virtual_cores(assembly)
    for quota, instances in count_instances(assembly.settings).items():
        yield Need(
            service="sagemaker", quota=quota, required=instances.required, wanted=instances.wanted
        )


def _present(used: Usage) -> int:
    return LIMITED[used.quota].present if used.quota in LIMITED else 1


def _besides(account: Account, assembly: Assembly, used: Usage) -> int:
    """How many exist that the stacks did not make."""
    listing = _LISTINGS.get(used.quota)
    if listing is None:
        return _present(used)
    items = account.each(listing.client, listing.operation, listing.items)
    own = owned(account, assembly) | frozenset(assembly.stacks)
    return sum(1 for item in items if item[listing.name] not in own)


def _virtual_cores(assembly: Assembly) -> Iterator[Need]:
    """The vCPUs of the largest EMR Serverless application; a new account may have 16."""
    applications = assembly.of_type("AWS::EMRServerless::Application")
    capacities = [application.properties.get("MaximumCapacity", {}) for application in applications]
    cores = [int(str(capacity["Cpu"]).split()[0]) for capacity in capacities if capacity]
    if cores:
        yield Need(
            service="emr-serverless",
            quota="Max concurrent vCPUs per account",
            required=_SMALLEST_JOB,
            wanted=max(cores),
        )
