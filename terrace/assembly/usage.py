"""What the templates hold of what AWS limits, and the quotas that they exceed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from terrace.assembly.templates import Resource, Templates
from terrace.errors import TerraceError
from terrace.quotas import Quotas

_DEFAULT_BUS = "default"
# (resource) -> the scope that the quota is counted in, and how many of it the resource uses
_Count = Callable[[Resource], tuple[str, int] | None]
_EVERYWHERE = ""


class QuotaExceeded(TerraceError):
    """The stacks hold more of something than the account may have."""


@dataclass(frozen=True, kw_only=True)
class Limited:
    """What one quota of AWS limits.

    Attributes:
        service: The service's code in Service Quotas.
        what: What is counted, in the plural.
        count: How much of it a resource uses, and in which scope.
        present: What an account has before the first deployment: its default bus and schedule
            group, the CDK's bootstrap roles and stack, the default VPC.
    """

    service: str
    what: str
    count: _Count
    present: int = 0


@dataclass(frozen=True, kw_only=True)
class Usage:
    """How much of a quota the templates use.

    Attributes:
        quota: The field of `Quotas`.
        service: The service's code in Service Quotas.
        quota_name: The quota's name there.
        scope: The bus or network that it is counted in; empty where the whole account is.
        count: With what every account has already.
        allowed: By `platform.quotas`.
    """

    quota: str
    service: str
    quota_name: str
    what: str
    scope: str
    count: int
    allowed: int

    def __str__(self) -> str:
        scope = f" in {self.scope}" if self.scope else ""
        return (
            f"the stacks need {self.count} {self.what}{scope}, and the account may have "
            f"{self.allowed} (AWS's quota {self.quota_name!r}); expected fewer, or a higher quota, "
            f"requested from AWS and written in platform.quotas.{self.quota}"
        )


def _each(*types: str) -> _Count:
    return lambda resource: (_EVERYWHERE, 1) if resource.type in types else None


def _rule(resource: Resource) -> tuple[str, int] | None:
    if resource.type != "AWS::Events::Rule":
        return None
    bus = str(resource.properties.get("EventBusName") or _DEFAULT_BUS)
    return f"event bus {bus}", 1


def _endpoint(kind: str) -> _Count:
    def count(resource: Resource) -> tuple[str, int] | None:
        properties = resource.properties
        if resource.type != "AWS::EC2::VPCEndpoint":
            return None
        if properties.get("VpcEndpointType", "Gateway") != kind:
            return None
        return (f"network {properties['VpcId']}" if kind == "Interface" else _EVERYWHERE), 1

    return count


def _api(resource: Resource) -> tuple[str, int] | None:
    if resource.type != "AWS::ApiGateway::RestApi":
        return None
    types = resource.properties.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
    return (_EVERYWHERE, 1) if "REGIONAL" in types else None


def _audited(resource: Resource) -> tuple[str, int] | None:
    if resource.type != "AWS::CloudTrail::Trail":
        return None
    selectors = resource.properties.get("EventSelectors", [])
    values = [data.get("Values", []) for one in selectors for data in one.get("DataResources", [])]
    return f"trail {resource.properties.get('TrailName', resource.logical_id)}", sum(
        map(len, values)
    )


def _parameter(resource: Resource) -> tuple[str, int] | None:
    standard = resource.properties.get("Tier", "Standard") == "Standard"
    return (_EVERYWHERE, 1) if resource.type == "AWS::SSM::Parameter" and standard else None


# By the field of `Quotas`. CloudFormation's stacks are counted apart: no template has them.
LIMITED: Mapping[str, Limited] = {
    "iam_roles": Limited(
        service="iam", what="IAM roles", count=_each("AWS::IAM::Role"), present=10
    ),
    "iam_policies": Limited(
        service="iam", what="managed policies", count=_each("AWS::IAM::ManagedPolicy")
    ),
    "event_buses": Limited(
        service="events", what="EventBridge buses", count=_each("AWS::Events::EventBus"), present=1
    ),
    "event_rules_per_bus": Limited(service="events", what="EventBridge rules", count=_rule),
    "schedule_groups": Limited(
        service="scheduler",
        what="schedule groups",
        count=_each("AWS::Scheduler::ScheduleGroup"),
        present=1,
    ),
    "vpcs": Limited(service="vpc", what="VPCs", count=_each("AWS::EC2::VPC"), present=1),
    "gateway_endpoints": Limited(
        service="vpc", what="gateway endpoints", count=_endpoint("Gateway")
    ),
    "interface_endpoints_per_vpc": Limited(
        service="vpc", what="interface endpoints", count=_endpoint("Interface")
    ),
    "trails": Limited(service="cloudtrail", what="trails", count=_each("AWS::CloudTrail::Trail")),
    "audited_buckets": Limited(service="cloudtrail", what="audited buckets", count=_audited),
    "regional_apis": Limited(service="apigateway", what="regional REST APIs", count=_api),
    "usage_plans": Limited(
        service="apigateway", what="usage plans", count=_each("AWS::ApiGateway::UsagePlan")
    ),
    "parameters": Limited(service="ssm", what="standard parameters", count=_parameter),
    "tables": Limited(
        service="dynamodb", what="DynamoDB tables", count=_each("AWS::DynamoDB::Table")
    ),
    "codedeploy_applications": Limited(
        service="codedeploy",
        what="CodeDeploy applications",
        count=_each("AWS::CodeDeploy::Application"),
    ),
}
_STACKS = Limited(
    service="cloudformation", what="CloudFormation stacks", count=lambda _: None, present=1
)


def usage(templates: Templates, quotas: Quotas) -> Iterator[Usage]:
    """How much the templates use of each quota: one a scope, all quotas at least once."""
    resources = [one for stack in templates.stacks for one in templates.resources(stack)]
    for quota, limited in LIMITED.items():
        counts = _counted(limited, resources) or Counter({_EVERYWHERE: 0})
        for scope, count in counts.items():
            yield _usage(quotas, quota, limited, scope, count)
    count = len(templates.stacks)
    yield _usage(quotas, "cloudformation_stacks", _STACKS, _EVERYWHERE, count)


def _counted(limited: Limited, resources: Iterable[Resource]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for resource in resources:
        if used := limited.count(resource):
            scope, number = used
            counts[scope] += number
    return counts


def _usage(quotas: Quotas, quota: str, limited: Limited, scope: str, count: int) -> Usage:
    return Usage(
        quota=quota,
        service=limited.service,
        quota_name=str(Quotas.model_fields[quota].title),
        what=limited.what,
        scope=scope,
        count=count + limited.present,
        allowed=getattr(quotas, quota),
    )


def refuse_excess(templates: Templates, quotas: Quotas) -> None:
    """Checks the templates against the quotas, at each synth.

    Raises:
        QuotaExceeded: They hold more than the account may have; the message names every quota.
    """
    if excess := [one for one in usage(templates, quotas) if one.count > one.allowed]:
        raise QuotaExceeded("\n".join(map(str, excess)))
