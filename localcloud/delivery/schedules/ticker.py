"""Looks again and again which rules and schedules are due, and fires them."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localcloud import clock
from localcloud.delivery.schedules import invocation
from localcloud.delivery.schedules.expressions import Expression, InvalidExpression
from localcloud.delivery.schedules.timeline import Elapsed, Timeline
from localcloud.hooks import schedules as hooks

TICK_SECONDS = 0.1
_log = logging.getLogger("localcloud")
# What identifies a rule or schedule until somebody changes it.
_Identity = tuple[hooks.Key, str, str]


@dataclass(frozen=True, kw_only=True)
class _Entry:
    expression: Expression
    timeline: Timeline


class Ticker:
    """Fires rules and schedules."""

    def __init__(self) -> None:
        self._elapsed = Elapsed()
        self._entries: dict[_Identity, _Entry | None] = {}

    def start(self) -> None:
        """Ticks on a thread of its own from now on."""
        threading.Thread(target=self._tick_on, daemon=True, name="schedules").start()

    def _tick_on(self) -> None:
        while True:
            try:
                self.tick()
            except Exception:
                _log.exception("a schedule could not be fired")
            time.sleep(TICK_SECONDS)

    def tick(self) -> None:
        """Fires what is due now, each rule and schedule once at most."""
        elapsed = self._elapsed.seconds()
        seen = set()
        for key, rule in hooks.rules().items():
            seen.add(identity := (key, rule["ScheduleExpression"], "rule"))
            created = _moment(rule["CreationTime"])
            if due := self._due(identity, created, "UTC", elapsed):
                hooks.fire_rule(key, rule, due)
        for key, schedule in hooks.schedules().items():
            changed = str(schedule["LastModificationDate"])
            seen.add(identity := (key, schedule["ScheduleExpression"], changed))
            self._look_at(key, schedule, identity, elapsed)
        self._entries = {known: entry for known, entry in self._entries.items() if known in seen}

    def _look_at(
        self, key: hooks.Key, schedule: Mapping[str, Any], identity: _Identity, elapsed: float
    ) -> None:
        created = _moment(schedule["LastModificationDate"])
        zone = schedule.get("ScheduleExpressionTimezone") or "UTC"
        due = self._due(identity, created, zone, elapsed)
        entry = self._entries[identity]
        if entry is None:
            return
        now = entry.timeline.now(elapsed)
        if due and _moment(schedule.get("StartDate") or 0) <= now:
            invocation.fire(schedule, due)
        end = schedule.get("EndDate")
        is_over = end is not None and _moment(end) < now
        if is_over or (due and entry.expression.is_once):
            self._complete(key, schedule)

    def _complete(self, key: hooks.Key, schedule: Mapping[str, Any]) -> None:
        if schedule.get("ActionAfterCompletion") == "DELETE":
            hooks.delete_schedule(key)

    def _due(
        self, identity: _Identity, created: datetime, zone: str, elapsed: float
    ) -> datetime | None:
        """The wall's time of the firing that is due, or None."""
        if identity not in self._entries:
            self._entries[identity] = _entry(identity, created, zone, elapsed)
        entry = self._entries[identity]
        if entry is None:
            return None
        now = entry.timeline.now(elapsed)
        due = entry.expression.next_after(entry.timeline.fired_until)
        if due is None or due > now:
            return None
        entry.timeline.fired_until = now
        return entry.timeline.on_the_wall(due, elapsed, clock.speed())


def _entry(identity: _Identity, created: datetime, zone: str, elapsed: float) -> _Entry | None:
    (_account, _region, name), text, _ = identity
    try:
        expression = Expression.of(text, zone, created)
    except InvalidExpression as error:
        _log.warning("%s never fires: %s", name, error)
        return None
    return _Entry(expression=expression, timeline=Timeline(created, elapsed))


def _moment(epoch: float | str) -> datetime:
    """A time as the API took it: seconds since 1970, or ISO 8601."""
    if isinstance(epoch, str) and "T" in epoch:
        return datetime.fromisoformat(epoch).astimezone(UTC)
    return datetime.fromtimestamp(float(epoch), UTC)
