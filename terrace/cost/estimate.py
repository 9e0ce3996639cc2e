"""The estimate: each resource of the templates, and what a month's traffic makes of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from terrace.assembly.ownership import PLATFORM, model_of, owner_of
from terrace.assembly.templates import Resource, Templates
from terrace.cost.prices import Prices
from terrace.cost.workload import Workload, workload_of
from terrace.endpoint_settings import FRONT_MB, Asynchronous, Lambda, Serverless
from terrace.names import CHALLENGER

HOURS = 730.0  # of a month
EVERYTHING = ""  # of a tenant, what none of its models has alone

LEFT_OUT = (
    "data transfer, requests to S3, KMS, DynamoDB, SNS and EventBridge, X-Ray, log storage, "
    "the audit trail's data events",
    "jobs on Spark, of windows that are divided",
    "instances that scaling adds above the least number, and the second fleet during a rollout or "
    "a test",
    "the quarter of an hour for which an asynchronous endpoint's last instance waits for more",
    "the free tier, discounts, savings plans and taxes",
)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the estimate, a month's, in US dollars."""

    tenant: str
    model: str
    what: str
    dollars: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """All of them, and what has no price."""

    items: tuple[Item, ...]
    unknown: tuple[str, ...]

    def totals(self) -> dict[tuple[str, str], float]:
        """By tenant and model."""
        found: dict[tuple[str, str], float] = {}
        for item in self.items:
            key = (item.tenant, item.model)
            found[key] = found.get(key, 0.0) + item.dollars
        return found


def estimate(templates: Templates, prices: Prices) -> Estimate:
    """What a month comes to, by the templates alone."""
    lines = [
        (owner_of(stack) or PLATFORM, model, line)
        for stack in templates.stacks
        for model, line in _lines(stack, list(templates.resources(stack)), prices)
    ]
    return Estimate(
        items=tuple(
            Item(tenant=tenant, model=model, what=what, dollars=dollars)
            for tenant, model, (what, dollars) in lines
            if dollars is not None
        ),
        unknown=tuple(
            f"{tenant}/{model}: {what}"
            for tenant, model, (what, dollars) in lines
            if dollars is None
        ),
    )


Line = tuple[str, float | None]  # None: it has no price


def _lines(stack: str, resources: list[Resource], prices: Prices) -> Iterator[tuple[str, Line]]:
    """What a stack costs, each line with the model that it is for."""
    for resource in resources:
        if pricing := _BY_TYPE.get(resource.type):
            for line in pricing(resource, prices):
                yield model_of(stack) or EVERYTHING, line
        if workload := workload_of(resource):
            for line in _of_workload(workload, resources, prices):
                yield workload.model.name, line


def _endpoint(resource: Resource, prices: Prices) -> Iterator[Line]:
    if "AsyncInferenceConfig" in resource.properties:
        return  # may have no instance; see `_answering`
    for variant in resource.properties["ProductionVariants"]:
        if "ServerlessConfig" in variant:
            continue  # costs by the request alone; see `_answering`
        if variant.get("VariantName") == CHALLENGER:
            continue  # is there while a test runs
        yield _always(variant["InstanceType"], int(variant["InitialInstanceCount"]), prices)


def _always(kind: str, count: int, prices: Prices) -> Line:
    hour = prices.instance_hours.get(kind)
    if hour is None:
        return f"endpoint on {kind} has no price", None
    return f"{count} x {kind} endpoint", count * hour * HOURS


def _door(resource: Resource, prices: Prices) -> Iterator[Line]:
    if resource.properties.get("VpcEndpointType") == "Interface":
        zones = len(resource.properties["SubnetIds"])
        yield "door to an AWS service", zones * prices.door_hour * HOURS


def _tracking(_resource: Resource, prices: Prices) -> Iterator[Line]:
    hour = prices.mlflow_server_hour
    yield "MLflow tracking server", None if hour is None else hour * HOURS


def _of_workload(workload: Workload, resources: list[Resource], prices: Prices) -> Iterator[Line]:
    runs = sum(workload.monitor_runs.values())
    seconds = runs * workload.monitor_seconds * _memory_gb(resources, "--monitor")
    started = runs / 1e6 * (prices.million_function_requests + prices.million_schedules)
    monitors = len(workload.monitor_runs)
    yield f"{monitors} monitors, {runs:.0f} runs", seconds * prices.function_gb_second + started
    yield f"{workload.metrics} metrics of monitors", workload.metric_months * prices.metric_month
    kept = workload.captured_gb
    yield f"{kept:.1f} GB of captured traffic kept", kept * prices.storage_gb_month
    yield _training(workload, prices)
    yield from _answering(workload, prices)


def _answering(workload: Workload, prices: Prices) -> Iterator[Line]:
    """What a model costs by the request, where functions answer for it or requests wait."""
    endpoint, millions = workload.model.endpoint, workload.requests / 1e6
    if isinstance(endpoint, Asynchronous):
        yield _while_busy(endpoint, workload, prices)
    if endpoint.asked_through != "function":
        return
    yield f"{millions:.2f} million requests to the API", millions * prices.million_api_requests
    yield f"{workload.delivered_gb:.1f} GB delivered", workload.delivered_gb * prices.delivery_gb
    seconds, asked = workload.busy_seconds, millions * prices.million_function_requests
    gb = (endpoint.memory_mb if isinstance(endpoint, Lambda) else FRONT_MB) / 1024
    yield f"{seconds:.0f} s of the function", seconds * gb * prices.function_gb_second + asked
    if isinstance(endpoint, Serverless):
        gb = endpoint.memory_mb / 1024
        yield f"{seconds:.0f} s of the endpoint", seconds * gb * prices.serverless_gb_second


def _while_busy(endpoint: Asynchronous, workload: Workload, prices: Prices) -> Line:
    kind, hours = endpoint.instance_type, workload.busy_seconds / 3600
    hour = prices.instance_hours.get(kind)
    if endpoint.min_instances or hour is None:
        return _always(kind, endpoint.min_instances, prices)
    return f"{hours:.1f} hours of {kind}, while requests are worked on", hours * hour


def _training(workload: Workload, prices: Prices) -> Line:
    kind, hours = workload.model.training.instance_type, workload.training_hours
    hour = prices.instance_hours.get(kind)
    if hour is None:
        return f"training on {kind} has no price", None
    steps = workload.transitions / 1e3 * prices.thousand_transitions
    return f"{hours:.1f} hours of training on {kind}", hours * hour + steps


def _memory_gb(resources: list[Resource], ending: str) -> float:
    for one in resources:
        name = str(one.properties.get("FunctionName", ""))
        if one.type == "AWS::Lambda::Function" and name.endswith(ending):
            return float(one.properties["MemorySize"]) / 1024
    return 0.0


_BY_TYPE: Mapping[str, Callable[[Resource, Prices], Iterator[Line]]] = {
    "AWS::CloudWatch::Alarm": lambda _, prices: iter([("alarm", prices.alarm_month)]),
    "AWS::CloudWatch::Dashboard": lambda _, prices: iter([("dashboard", prices.dashboard_month)]),
    "AWS::EC2::VPCEndpoint": _door,
    "AWS::KMS::Key": lambda _, prices: iter([("key", prices.key_month)]),
    "AWS::SageMaker::EndpointConfig": _endpoint,
    "AWS::SageMaker::MlflowTrackingServer": _tracking,
}
