"""Evaluates every alarm on metrics, again and again."""

import logging
import threading
import time
from collections.abc import Callable

from localcloud import clock
from localcloud.delivery.alarms import datapoints
from localcloud.delivery.alarms.expression import InvalidExpression
from localcloud.delivery.alarms.verdict import Rule, reason, reason_data, verdict
from localcloud.hooks import alarms as hooks

EVERY_SECONDS = 5
SHORTEST_SECONDS = 0.2
_log = logging.getLogger("localcloud")


class Evaluator:
    """Moves alarms from state to state."""

    def __init__(self, before: Callable[[], None]) -> None:
        """`before` is called before each round."""
        self._before = before
        self._told: set[tuple[str, str]] = set()

    def start(self) -> None:
        """Evaluates on a thread of its own from now on."""
        threading.Thread(target=self._evaluate_on, daemon=True, name="alarms").start()

    def _evaluate_on(self) -> None:
        while True:
            time.sleep(max(clock.wall_seconds(EVERY_SECONDS), SHORTEST_SECONDS))
            try:
                self._before()
            except Exception:
                _log.exception("the services' own metrics could not be put")
            for alarm in hooks.metric_alarms():
                try:
                    evaluate(alarm)
                except InvalidExpression as error:
                    self._tell_once(alarm["AlarmName"], str(error))
                except Exception:
                    _log.exception("alarm %s could not be evaluated", alarm["AlarmName"])

    def _tell_once(self, name: str, why: str) -> None:
        if (name, why) not in self._told:
            self._told.add((name, why))
            _log.warning("alarm %s stays as it is: %s", name, why)


def evaluate(alarm: hooks.Alarm) -> None:
    """Looks at an alarm's datapoints, and changes its state where they call for it.

    Raises:
        InvalidExpression: The embedded cloud cannot evaluate such an alarm.
    """
    rule = Rule.of(alarm)
    if not rule.is_known:
        raise InvalidExpression(f"{rule.comparison}: anomaly detection is not known here")
    found = verdict(rule, datapoints.newest_first(alarm))
    old = alarm["StateValue"]
    if found.state in (None, old):
        return
    single = None if alarm.get("Metrics") else datapoints.statistic(alarm)
    data = reason_data(rule, found, single, datapoints.period(alarm))
    hooks.change(alarm, str(found.state), reason(rule, found, old), data)
