"""A monitor that fails tells of it once, however often Lambda tries again."""

from dataclasses import dataclass

from lambdas.common import bus
from lambdas.common.objects import Objects
from terrace.environment import Environment
from terrace.events import MonitorFailed

_LONGEST_CAUSE = 2000


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt of one invocation; Lambda's retries keep the request's id."""

    model: str
    monitor: str
    request_id: str

    @property
    def key(self) -> str:
        """Where it is noted that this invocation's failure was told."""
        return f"{self.model}/monitoring/{self.monitor}/failures/{self.request_id}.json"


def tell(attempt: Attempt, environment: Environment, error: Exception) -> None:
    """Puts `MonitorFailed`, unless an earlier attempt of the same invocation did.

    The note is written after the event: if the note fails, people are told twice, not never.
    """
    objects = Objects(bucket=environment.bucket)
    if any(item.key == attempt.key for item in objects.listed(attempt.key)):
        return
    failed = MonitorFailed(
        tenant=environment.tenant,
        model=attempt.model,
        monitor=attempt.monitor,
        error=type(error).__name__,
        cause=str(error)[:_LONGEST_CAUSE],
    )
    bus.put(environment.event_bus, failed)
    objects.write(attempt.key, failed.model_dump_json(indent=2))
