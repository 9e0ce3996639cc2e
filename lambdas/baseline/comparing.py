"""What is new in a training set: beside the running version's own, and beside its live traffic."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from lambdas.common.captured import captured
from lambdas.common.objects import Objects
from lambdas.common.observation import Observer
from lambdas.common.running import Running, running
from terrace import dataset
from terrace.deployment import Deployment
from terrace.errors import TerraceError
from terrace.events import Window
from terrace.monitor import Files, Monitor, Options, Violation, worst_first
from terrace.monitors import MONITORS

_KIND = MONITORS["data-quality"]
_TRAFFIC = timedelta(days=1)
_MOST_BYTES = 64 * 1024 * 1024  # of traffic: a sample says enough, and the function has to end
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """A training set's features and its new baseline, of a model of which a version may run."""

    objects: Objects
    model: Deployment
    options: Options  # of data quality
    baseline: Files  # the new one
    features: Path

    def told(self) -> Iterator[str]:
        """What differs, a sentence each; what cannot be compared is told and stops no training."""
        try:
            found = running(self.model)
        except TerraceError as error:
            yield f"what runs cannot be compared with: {error}"
            return
        if found is None:
            yield "no version runs yet whose data these could be compared with"
            return
        yield self._in_words("the data of", found, self._beside_its_data)
        yield self._in_words("the last day's traffic of", found, self._beside_its_traffic)

    def _in_words(
        self, beside: str, found: Running, compare: Callable[[Running], Sequence[Violation] | None]
    ) -> str:
        beside = f"beside {beside} version {found.version.number}"
        try:
            violations = compare(found)
        except TerraceError as error:
            return f"{beside}: cannot be compared: {error}"
        if violations is None:
            return f"{beside}: none was captured"
        shown = [f"{one.feature} ({one.check})" for one in worst_first(violations)[:_SHOWN]]
        more = len(violations) - len(shown)
        words = ", ".join([*shown, *([f"and {more} more"] if more else [])])
        return f"{beside}: {words or 'nothing'} differs"

    def _beside_its_data(self, found: Running) -> Sequence[Violation]:
        """Whether the new data would pass as the running version's."""
        files = {
            name: json.loads(self.objects.read(found.baseline_uri(_KIND.name, name)))
            for name in _KIND.files
        }
        monitor = _KIND.load(files, self.options)
        return monitor.check(monitor.observe(dataset.whole(str(self.features)))).violations

    def _beside_its_traffic(self, found: Running) -> Sequence[Violation] | None:
        """Whether what is served would pass as the new data: training-serving skew."""
        now = datetime.now(UTC)
        window = Window(start=now - _TRAFFIC, end=now)
        monitor: Monitor[Any] = _KIND.load(self.baseline, self.options)
        observer = Observer(
            objects=self.objects, monitor=monitor, layout=monitor.layout, window=window
        )
        uris = list(self._newest(found, window))
        state = observer.observe(uris, (), StringIO()).state
        result = monitor.check(state)
        return result.violations if result.records else None

    def _newest(self, found: Running, window: Window) -> Iterator[str]:
        left = _MOST_BYTES
        for item in reversed(list(captured(self.objects, found, window))):
            left -= item.size_bytes
            if left < 0:
                return
            yield self.objects.uri(item.key)
