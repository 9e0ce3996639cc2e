"""Monitor: one window of captured traffic against the baseline of the version that runs.

A tour: `handler` finds the window and tells of failures, `checked` is the work, `_reported`
writes the report before anybody is told of it.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime

from lambdas.common import bus
from lambdas.common.aws import environment
from lambdas.common.deployments import deployment
from lambdas.common.explained import with_model
from lambdas.common.objects import Objects
from lambdas.common.request import ModelRequest
from lambdas.monitor import alerts
from lambdas.monitor.captured import captured, labels
from lambdas.monitor.failures import Attempt, tell
from lambdas.monitor.found import Found
from lambdas.monitor.observation import Observed, Observer
from lambdas.monitor.running import Running, running
from lambdas.monitor.stored import added_up
from lambdas.monitor.telemetry import Measured, emit
from lambdas.monitor.windows import in_utc, window_before
from terrace.alerting import Alerting
from terrace.batch import Layout
from terrace.deployment import Deployment
from terrace.environment import Environment
from terrace.errors import TerraceError
from terrace.events import Window
from terrace.monitor import Monitor, State
from terrace.monitors import MONITORS
from terrace.settings import Scheduled

logger = Logger(service="monitor")


class UnknownMonitor(TerraceError):
    """A monitor that a model does not have."""


class Request(ModelRequest):
    """A monitor of a model, and the window: given, or the one that ends at a time (now).

    With `from_states` the states of the windows that were checked within it are added up, and no
    captured record is read again.
    """

    monitor: str
    time: AwareDatetime | None = None
    window: Window | None = None
    from_states: bool = False


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Checks a window; a summary of what was found, and where the report is."""
    request = Request.model_validate(event)
    told = environment()
    try:
        summary = checked(request, told)
    except Exception as error:
        attempt = Attempt(
            model=request.model, monitor=request.monitor, request_id=context.aws_request_id
        )
        _told(attempt, told, error)
        raise
    logger.info("checked", extra={"summary": summary})
    return summary


def checked(request: Request, told: Environment) -> dict[str, Any]:
    """Measures the window, writes the report, and tells of violations.

    Raises:
        UnknownMonitor: The model has no such monitor.
    """
    model = deployment(told.tenant, request.model)
    settings = _settings(request, model)
    window = _window(request, settings)
    found = running(model.names)
    if found is None:
        return {
            "outcome": "no endpoint yet",
            "endpoint": model.names.endpoint,
            "window": window.model_dump(mode="json"),
            "records": 0,
            "violations": [],
        }
    objects = Objects(bucket=told.bucket)
    with TemporaryDirectory() as folder:
        monitor = _monitor(objects, request.monitor, settings, found, Path(folder))
        quarantine = Path(folder) / "quarantine.jsonl"
        observed = _observed(objects, request, model, found, monitor, window, quarantine)
        came_to = Found(
            running=found,
            monitor=request.monitor,
            window=window,
            result=monitor.check(observed.state),
            quarantined=observed.quarantined,
        ).with_quarantine()
        if came_to.too_early and not request.window:
            # Who asks for a window by name is told that it is empty; a schedule waits.
            return came_to.summary("no records yet") | {"violations": [], "violation_count": 0}
        return _reported(
            told, objects, came_to, observed.state, quarantine, rules=_rules(request, settings)
        )


def _observed(
    objects: Objects,
    request: Request,
    model: Deployment,
    found: Running,
    monitor: Monitor[Any],
    window: Window,
    quarantine: Path,
) -> Observed:
    """The window's state: of its records, or of the windows within it that were checked."""
    with quarantine.open("w", encoding="utf-8") as file:
        if request.from_states:
            return added_up(objects, model.names, request.monitor, monitor, window)
        layout = _layout(monitor, model)
        observer = Observer(objects=objects, monitor=monitor, layout=layout, window=window)
        known = labels(objects, model.names, window)
        return observer.observe(captured(objects, found, window), known, file)


def _layout(monitor: Monitor[Any], model: Deployment) -> Layout:
    """What the monitor wants of captured records, where the model's responses have it."""
    layout = monitor.layout
    if not layout.outputs or not model.model.outputs:
        return layout
    return replace(layout, outputs=model.model.outputs)


def _settings(request: Request, model: Deployment) -> Scheduled:
    settings = model.model.monitors.chosen()
    if request.monitor not in settings:
        raise UnknownMonitor(
            f"monitor got {request.monitor!r}; expected one that {model.tenant}/"
            f"{request.model} has: {', '.join(settings) or 'it has none'}"
        )
    return settings[request.monitor]


def _window(request: Request, settings: Scheduled) -> Window:
    if request.window:
        return in_utc(request.window)
    time = request.time or datetime.now(UTC)
    fired = window_before(time.astimezone(UTC), settings.schedule)
    delay = timedelta(minutes=settings.delay_minutes)
    return Window(start=fired.start - delay, end=fired.end - delay)


def _monitor(
    objects: Objects, name: str, settings: Scheduled, found: Running, folder: Path
) -> Monitor[Any]:
    kind = MONITORS[name]
    files = {file: json.loads(objects.read(found.baseline_uri(name, file))) for file in kind.files}
    told = with_model(kind, settings, objects, found.version.artifact_uri, folder)
    return kind.load(files, told)


def _rules(request: Request, settings: Scheduled) -> Alerting | None:
    """Who asks for a window by name is told of it, and the next scheduled one knows nothing."""
    return None if request.window else settings.alert


def _reported(
    told: Environment,
    objects: Objects,
    found: Found,
    state: State,
    quarantine: Path,
    *,
    rules: Alerting | None,
) -> dict[str, Any]:
    """Writes the report, then the metrics, and last of all the event that points to both."""
    folder, result = found.folder, found.result
    reports = {
        name: objects.write_json(f"{folder}/{name}.json", content)
        for name, content in result.reports.items()
    }
    objects.write_json(f"{folder}/state.json", state.dump())
    objects.upload(quarantine, f"{folder}/quarantine.jsonl")
    reports["page"] = objects.write(
        f"{folder}/report.html", found.page(), content_type="text/html; charset=utf-8"
    )
    report = objects.write_json(f"{folder}/constraint_violations.json", result.violations_file())
    emit(_measured(found), tenant=told.tenant, model=_model(found), monitor=found.monitor)
    held_back = alerts.told(objects, found, rules).reason if rules else ""
    if result.violations and not held_back:
        bus.put(told.event_bus, found.event(report))
    outcome = "violations found" if result.violations else "nothing violated"
    reasons = {"nobody_told": held_back} if held_back else {}
    return found.summary(outcome, report=report, **reports, **reasons)


def _measured(found: Found) -> Measured:
    return Measured(
        records=found.result.records,
        quarantined=found.quarantined,
        violations=len(found.result.violations),
        violated=frozenset(violation.feature for violation in found.result.violations),
        distances={
            name: figure for name, figure in found.result.figures.items() if figure is not None
        },
    )


def _model(found: Found) -> str:
    return found.running.version.names.model


def _told(attempt: Attempt, told: Environment, error: Exception) -> None:
    """Tells of a failure; should that fail too, the failure itself must still escape."""
    try:
        tell(attempt, told, error)
    except Exception:
        logger.exception("MonitorFailed could not be told")
