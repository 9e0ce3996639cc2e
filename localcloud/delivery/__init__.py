"""What AWS's services bring to each other: events, schedules, messages, metrics and alarms."""

from localcloud.config import Config


def install(config: Config) -> None:
    """Mends and completes how MiniStack's services deliver."""
    from localcloud.delivery import (
        alarms,
        embedded_metrics,
        encryption,
        schedules,
        stack_types,
        topics,
    )

    for part in (encryption, alarms, embedded_metrics, schedules, stack_types, topics):
        part.install(config)
