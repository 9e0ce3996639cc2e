"""Windows that were checked before some of their records came: these are added to them.

SageMaker and Firehose deliver objects minutes to hours after the requests. Each scheduled run
looks through what came since the run before it; what is of a window of the last day is added to
its state, and the window is judged again. An object that was written anew is a reason to observe
all of its window again, since what was counted of it cannot be taken away.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lambdas.common.captured import hour_of, hours, of_hour
from lambdas.common.ledger import MEMBER, Ledger
from lambdas.common.objects import Listed, ObjectRefused, Objects
from lambdas.common.observation import Observed
from lambdas.common.registry import version
from lambdas.common.running import Running
from lambdas.common.watch import Watch, watch
from lambdas.monitor.found import Found
from lambdas.monitor.reporting import judged_again
from lambdas.monitor.stored import Checked, checked_windows
from terrace.deployment import Deployment
from terrace.environment import Environment
from terrace.events import Window
from terrace.monitor import State

LOOK_BACK = timedelta(hours=24)
_CLOCKS = timedelta(minutes=1)  # how far a function's clock and that of S3 may be apart
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Late:
    """Looks for records that came after their windows had been checked.

    Attributes:
        monitor: The monitor's name.
        window: The one that this run has just checked; those before it are looked through.
        listed_at: When its objects were listed.
        observed: What they held.
    """

    told: Environment
    objects: Objects
    model: Deployment
    running: Running
    monitor: str
    window: Window
    listed_at: datetime
    observed: Observed
    _by_hour: dict[datetime, list[Listed]] = field(default_factory=dict)

    def added(self) -> list[dict[str, Any]]:
        """Adds them; what became of each window, the oldest first."""
        since = self._looked_before()
        done = [
            added
            for checked in self._checked
            if (new := self._new(checked.window, since)) and (added := self._add(checked, new))
        ]
        self.objects.write_json(self._marker, {"listed_at": self.listed_at.isoformat()})
        return done

    @property
    def _folder(self) -> str:
        watched = self.running.watched_by(self.monitor)
        return f"{self.model.names.model}/monitoring/{watched}"

    @property
    def _marker(self) -> str:
        return f"{self._folder}/late.json"

    def _looked_before(self) -> datetime:
        """Since when objects have not been looked through."""
        try:
            told = json.loads(self.objects.read(self.objects.uri(self._marker)))
        except ObjectRefused:  # the first run
            return self.window.start - LOOK_BACK
        return datetime.fromisoformat(told["listed_at"]) - _CLOCKS

    def unclaimed(self) -> int:
        """How many records of this window's own objects are of no window that was or will be."""
        checked = [one.window for one in self._checked]
        count = 0
        for one in self.observed.elsewhere:
            hour = hour_of(one.uri)
            if hour is None or not self._is_own(hour):
                continue  # counted by the window that this hour is in
            for minute, records in one.minutes.items():
                is_later = self.window.end <= minute + _MINUTE < hour + timedelta(hours=2)
                if not is_later and not any(_touches(window, minute) for window in checked):
                    count += records
        return count

    def _is_own(self, hour: datetime) -> bool:
        return self.window.start - timedelta(hours=1) < hour < self.window.end

    @cached_property
    def _checked(self) -> list[Checked]:
        """The windows before this one, as far back as is looked."""
        back = max(LOOK_BACK, 2 * (self.window.end - self.window.start))
        before = Window(start=self.window.start - back, end=self.window.start)
        found = checked_windows(self.objects, self._folder, before)
        return sorted(found, key=lambda one: one.key)

    def _new(self, window: Window, since: datetime) -> list[Listed]:
        """Objects that came since then and may hold records of a window."""
        read = {seen.uri for seen in self.observed.objects}
        touching = {
            one.uri
            for one in self.observed.elsewhere
            if any(_touches(window, minute) for minute in one.minutes)
        }
        found = {self.objects.uri(item.key): item for item in self._listed(window)}
        new = [
            item
            for uri, item in found.items()
            if item.modified >= since and (uri in touching or uri not in read)
        ]
        # Records that came hours late are filed under the hour in which they came.
        others = sorted(touching - found.keys())
        return [
            *new,
            *(item for uri in others for item in self.objects.listed(self.objects.key(uri))),
        ]

    def _listed(self, window: Window) -> Iterator[Listed]:
        written = window.start.replace(microsecond=0)
        for hour in hours(window):
            if hour not in self._by_hour:
                self._by_hour[hour] = list(of_hour(self.objects, self.running, hour))
            yield from (item for item in self._by_hour[hour] if item.modified >= written)

    def _add(self, checked: Checked, new: Iterable[Listed]) -> dict[str, Any] | None:
        dumped = json.loads(self.objects.read(self.objects.uri(checked.key)))
        if MEMBER not in dumped:
            return None  # checked by an older Terrace, or added up from other windows
        ledger = Ledger.model_validate(dumped.pop(MEMBER))
        etags = {seen.uri: seen.etag for seen in ledger.objects}
        unseen = [item for item in new if etags.get(self.objects.uri(item.key)) != item.etag]
        if not unseen:
            return None
        with TemporaryDirectory() as folder:
            again = _Again(self, checked.window, ledger, Path(folder))
            if any(self.objects.uri(item.key) in etags for item in unseen):
                return again.anew([*self._listed(checked.window), *unseen])
            return again.with_more(unseen, dumped)


@dataclass(frozen=True)
class _Again:
    """One window that is judged again."""

    late: Late
    window: Window
    before: Ledger
    folder: Path

    def with_more(self, unseen: Iterable[Listed], dumped: dict[str, Any]) -> dict[str, Any]:
        """With objects that were not there."""
        watching, objects = self._watching(), self.late.objects
        empty = self._found(watching, self.before, watching.monitor.zero())
        kept = self.folder / "quarantine.jsonl"
        objects.download(objects.uri(f"{empty.folder}/quarantine.jsonl"), kept)
        observed = self._observed(watching, unseen, self.before)
        ledger = self.before.with_late(observed.objects, observed.set_aside)
        return self._judged(watching, ledger, watching.monitor.load_state(dumped) + observed.state)

    def anew(self, listed: Iterable[Listed]) -> dict[str, Any]:
        """With all of its objects observed again; one that is gone is gone.

        An object filed hours later that was observed before is observed again, too.
        """
        watching, objects = self._watching(), self.late.objects
        found = {item.key: item for item in listed}
        for seen in self.before.objects:
            key = objects.key(seen.uri)
            if key not in found:
                found |= {item.key: item for item in objects.listed(key)}
        (self.folder / "quarantine.jsonl").touch()
        empty = Ledger(model_package_arn=self.before.model_package_arn)
        observed = self._observed(watching, found.values(), empty)
        ledger = empty.with_late(observed.objects, observed.set_aside).model_copy(
            update={"labels_set_aside": observed.labels_set_aside}
        )
        more = max(0, ledger.captured - self.before.captured)
        ledger = ledger.model_copy(update={"late": self.before.late + more})
        return self._judged(watching, ledger, observed.state)

    def _observed(self, watching: Watch, listed: Iterable[Listed], before: Ledger) -> Observed:
        uris = [self.late.objects.uri(item.key) for item in listed]
        contents = [seen.sha256 for seen in before.objects if seen.records]
        with (self.folder / "quarantine.jsonl").open("a", encoding="utf-8") as file:
            return watching.observe(uris, self.window, file, contents)

    def _judged(self, watching: Watch, ledger: Ledger, state: State) -> dict[str, Any]:
        late = self.late
        found = self._found(watching, ledger, state).with_quarantine()
        return judged_again(late.told, late.objects, found, state, self.folder / "quarantine.jsonl")

    def _found(self, watching: Watch, ledger: Ledger, state: State) -> Found:
        return Found(
            running=watching.running,
            monitor=watching.running.watched_by(watching.name),
            window=self.window,
            result=watching.monitor.check(state),
            quarantined=ledger.set_aside + ledger.labels_set_aside,
            ledger=ledger,
        )

    def _watching(self) -> Watch:
        """The monitor with the baseline that the window was compared with."""
        late, running = self.late, self.late.running
        if self.before.model_package_arn != running.version.arn:
            then = version(self.before.model_package_arn, late.told.tenant)
            running = replace(running, version=then)
        return watch(late.objects, late.model, running, late.monitor, self.folder)


def _touches(window: Window, minute: datetime) -> bool:
    """Whether a part of a minute is in a window."""
    minute = minute.astimezone(UTC)
    return window.start < minute + _MINUTE and minute < window.end
