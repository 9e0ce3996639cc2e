"""What a model's traffic, monitors and trainings come to in a month; a model's own, by its file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from terrace.assembly.templates import Resource
from terrace.deployment import Deployment
from terrace.model_settings import Model

DAYS = 30.0
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_A_DAY = {"minute": 1440.0, "hour": 24.0, "day": 1.0}
_KEPT_DAYS = 90.0  # captured records, by the bucket's lifecycle
_METRICS = 3  # a monitor's own, besides those of features
_MOST_FEATURES = 20
_START_SECONDS, _MB_PER_SECOND = 3.0, 50.0
_TRANSITIONS = 12  # of a training, from start to end
_DELIVERY_STEP_KB = 5.0
_OVERHEAD_KB = 0.5  # of a captured record, beside its payloads


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A month of one model."""

    model: Model

    @property
    def captured_mb_a_day(self) -> float:
        """How much traffic is captured a day."""
        traffic, share = self.model.traffic, self.model.capture.sampling_percentage / 100
        kilobytes = traffic.kilobytes_per_request + _OVERHEAD_KB
        return traffic.requests_per_day * kilobytes * share / 1024

    @property
    def captured_gb(self) -> float:
        """How much is kept at any time."""
        return self.captured_mb_a_day * _KEPT_DAYS / 1024

    @property
    def monitor_runs(self) -> Mapping[str, float]:
        """How often each monitor runs."""
        chosen = self.model.monitors.chosen().items()
        return {kind: runs_a_day(settings.schedule) * DAYS for kind, settings in chosen}

    @property
    def monitor_seconds(self) -> float:
        """How long one run takes, on average."""
        runs = sum(self.monitor_runs.values())
        read_mb = self.captured_mb_a_day * DAYS * len(self.monitor_runs)
        return _START_SECONDS + (read_mb / runs / _MB_PER_SECOND if runs else 0.0)

    @property
    def metrics(self) -> int:
        """CloudWatch metrics of its monitors."""
        return len(self.monitor_runs) * (_METRICS + _MOST_FEATURES)

    @property
    def metric_months(self) -> float:
        """What is charged of them: a metric counts in the hours in which it is written."""
        hourly = 24 * DAYS
        shares = [min(1.0, runs / hourly) for runs in self.monitor_runs.values()]
        return sum(shares) * (_METRICS + _MOST_FEATURES)

    @property
    def requests(self) -> float:
        """Requests in a month."""
        return self.model.traffic.requests_per_day * DAYS

    @property
    def busy_seconds(self) -> float:
        """How long something answers, all requests together."""
        return self.requests * self.model.traffic.milliseconds_per_request / 1000

    @property
    def delivered_gb(self) -> float:
        """What a stream takes of captured records, as it is charged."""
        traffic, share = self.model.traffic, self.model.capture.sampling_percentage / 100
        steps = -(-(traffic.kilobytes_per_request + _OVERHEAD_KB) // _DELIVERY_STEP_KB)
        return self.requests * share * steps * _DELIVERY_STEP_KB / 1024 / 1024

    @property
    def training_hours(self) -> float:
        """How long its trainings take together."""
        traffic = self.model.traffic
        tuning = self.model.training.tuning
        jobs = tuning.trials if tuning and tuning.where == "jobs" else 1
        return traffic.trainings_per_month * jobs * traffic.training_minutes / 60

    @property
    def transitions(self) -> float:
        """State transitions of its trainings."""
        return _TRANSITIONS * self.model.traffic.trainings_per_month


def runs_a_day(schedule: str) -> float:
    """How often a schedule fires: exact for `rate(...)`, and for `cron(...)` by its hours.

    >>> [runs_a_day(f"{s})") for s in ("rate(2 hours", "cron(0 3 * * ? *", "cron(0 * * * ? *")]
    [12.0, 1.0, 24.0]
    """
    if found := _RATE.fullmatch(schedule):
        return _A_DAY[found[2]] / int(found[1])
    minutes, hours = schedule.removeprefix("cron(").split()[:2]
    return _firings(minutes, 60) * _firings(hours, 24)


def _firings(field: str, most: int) -> float:
    if "/" in field:
        return most / int(field.partition("/")[2])
    return float(most) if field in ("*", "?") else float(len(field.split(",")))


def workload_of(resource: Resource) -> Workload | None:
    """The workload of the model whose deployment a parameter holds; None of any other resource."""
    if resource.type != "AWS::SSM::Parameter":
        return None
    try:
        deployment = Deployment.model_validate_json(str(resource.properties.get("Value")))
    except ValidationError:  # some other parameter
        return None
    return Workload(model=deployment.model)
