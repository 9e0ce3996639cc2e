"""How many instances of each type the settings need, by SageMaker's quota on each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from terrace.endpoint_settings import OnInstances
from terrace.settings import Settings, Tenant


@dataclass(frozen=True, kw_only=True)
class Instances:
    """Instances of one type for one use.

    Attributes:
        required: With fewer, the first endpoint or the first training of each model fails.
        wanted: With fewer, scaling out or a blue/green rollout at full size fails.
    """

    required: int
    wanted: int


def count_instances(settings: Settings) -> Mapping[str, Instances]:
    """The instances by the quota's name, for example `ml.m5.large for endpoint usage`."""
    required: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for tenant in settings.tenants:
        for endpoint in _endpoints(tenant):
            quota = f"{endpoint.instance_type} for endpoint usage"
            required[quota] += max(endpoint.min_instances, 1)
            # A blue/green deployment runs the new fleet next to the old one.
            wanted[quota] += 2 * endpoint.max_instances
        for model in tenant.models:
            quota = f"{model.training.instance_type} for training job usage"
            tuning = model.training.tuning
            jobs = tuning.parallel if tuning and tuning.where == "jobs" else 1
            required[quota] = max(required[quota], jobs)
            wanted[quota] += jobs
    return {
        quota: Instances(required=required[quota], wanted=wanted[quota])
        for quota in sorted(required)
    }


def _endpoints(tenant: Tenant) -> Iterator[OnInstances]:
    for model in tenant.models:
        if isinstance(model.endpoint, OnInstances):
            yield model.endpoint
    if tenant.on_one_endpoint:
        yield tenant.multi_model
