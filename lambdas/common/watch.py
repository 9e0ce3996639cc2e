"""A monitor of a running version: its settings, its baseline, and how it observes objects."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from lambdas.common.captured import labels
from lambdas.common.explained import with_model
from lambdas.common.objects import Objects
from lambdas.common.observation import Observed, Observer
from lambdas.common.running import Running
from terrace.batch import Layout
from terrace.deployment import Deployment
from terrace.errors import TerraceError
from terrace.events import Window
from terrace.model_settings import Scheduled
from terrace.monitor import Monitor, Options
from terrace.monitors import MONITORS


class UnknownMonitor(TerraceError):
    """A monitor that a model does not have."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """One monitor of the version that runs behind a model's endpoint."""

    objects: Objects
    model: Deployment
    running: Running
    name: str
    monitor: Monitor[Any]
    options: Options

    def observe(
        self, uris: Iterable[str], window: Window, quarantine: TextIO, known: Iterable[str] = ()
    ) -> Observed:
        """The state of the records of a window; what is no row goes to the quarantine."""
        observer = Observer(
            objects=self.objects, monitor=self.monitor, layout=self._layout(), window=window
        )
        known_labels = labels(self.objects, self.model.names, window)
        return observer.observe(uris, known_labels, quarantine, known)

    def _layout(self) -> Layout:
        """What the monitor wants of captured records, where the model's responses have it."""
        layout, model = self.monitor.layout, self.model.model
        if layout.outputs and model.outputs:
            layout = replace(layout, outputs=model.outputs)
        return model.attributes.within(layout, self.options) if model.attributes else layout


def settings_of(model: Deployment, name: str) -> Scheduled:
    """What the file says of one monitor of a model.

    Raises:
        UnknownMonitor: The model has no such monitor.
    """
    settings = model.model.monitors.chosen()
    if name not in settings:
        raise UnknownMonitor(
            f"monitor got {name!r}; expected one that {model.tenant}/{model.model.name} has: "
            f"{', '.join(settings) or 'it has none'}"
        )
    return settings[name]


def watch(objects: Objects, model: Deployment, running: Running, name: str, folder: Path) -> Watch:
    """The monitor, with the baseline of the version that runs.

    Args:
        folder: Where the model's own file is kept, for a monitor that looks at it.

    Raises:
        UnknownMonitor: The model has no such monitor.
    """
    kind = MONITORS[name]
    told = with_model(kind, settings_of(model, name), objects, running.version.artifact_uri, folder)
    files = {
        file: json.loads(objects.read(running.baseline_uri(name, file))) for file in kind.files
    }
    return Watch(
        objects=objects,
        model=model,
        running=running,
        name=name,
        monitor=kind.load(files, told),
        options=told,
    )
