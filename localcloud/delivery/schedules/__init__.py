"""Rules with a schedule and schedules of EventBridge Scheduler, at the cloud's clock speed."""

from localcloud.config import Config


def install(_config: Config) -> None:
    """Fires them in MiniStack's place."""
    from localcloud.delivery.schedules.ticker import Ticker
    from localcloud.hooks import schedules as hooks

    hooks.fire_with(Ticker().start)
