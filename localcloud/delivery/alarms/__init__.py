"""CloudWatch's alarms: evaluated at the clock's speed, with everything that follows."""

from localcloud.config import Config


def install(_config: Config) -> None:
    """Evaluates and acts in MiniStack's place."""
    from localcloud.delivery.alarms import stack_types
    from localcloud.delivery.alarms.actions import Actions
    from localcloud.delivery.alarms.evaluator import Evaluator
    from localcloud.delivery.alarms.service_metrics import ServiceMetrics
    from localcloud.hooks import alarms as hooks

    stack_types.install()
    hooks.take_over(Actions().act)
    Evaluator(ServiceMetrics().put).start()
