"""Monitor: one window of captured traffic against the baseline of the version that runs.

A tour: `handler` tells of failures, `checked` finds the window and is the work, `reported` writes
the report before anybody is told of it. A window that outgrows this function is divided.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.captured import captured
from lambdas.common.deployments import deployment
from lambdas.common.ledger import Ledger
from lambdas.common.objects import Listed, Objects
from lambdas.common.observation import Observed
from lambdas.common.running import Running, running
from lambdas.common.watch import Watch, settings_of, watch
from lambdas.monitor.distributed import Division, put_together
from lambdas.monitor.failures import Attempt, tell
from lambdas.monitor.found import Found
from lambdas.monitor.late import Late
from lambdas.monitor.reporting import reported
from lambdas.monitor.request import Request
from lambdas.monitor.stored import added_up
from terrace.environment import Environment
from terrace.events import Window

logger = Logger(service="monitor")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Checks a window; a summary of what was found, and where the report is."""
    request = Request.model_validate(event)
    told = environment()
    try:
        summary = checked(request, told, context.aws_request_id)
    except Exception as error:
        if not request.parts:  # else the execution tells of it
            attempt = Attempt(
                model=request.model, monitor=request.monitor, request_id=context.aws_request_id
            )
            _told(attempt, told, error)
        raise
    logger.info("checked", extra={"summary": summary})
    return summary


def checked(request: Request, told: Environment, request_id: str) -> dict[str, Any]:
    """Measures the window, writes the report, and tells of violations.

    A window that outgrows this function is divided, and checked once its parts are observed.

    Raises:
        UnknownMonitor: The model has no such monitor.
    """
    model = deployment(told.tenant, request.model)
    settings = settings_of(model, request.monitor)
    window = request.window_of(settings)
    found = running(model, request.variant)
    if found is None:
        return _nothing_yet(model.names.endpoint, window)
    objects = Objects(bucket=told.bucket)
    listed_at = request.listed_at or datetime.now(UTC)
    listed = tuple(captured(objects, found, window)) if request.reads_records else ()
    if sum(item.size_bytes for item in listed) > settings.divide_above_bytes:
        return Division(
            objects=objects,
            request=request,
            running=found,
            window=window,
            listed=listed,
            listed_at=listed_at,
            part_bytes=settings.divide_above_bytes,
            divide_on=settings.divide_on,
        ).begun(told.monitoring_state_machine_arn, request_id)
    with TemporaryDirectory() as folder:
        watching = watch(objects, model, found, request.monitor, Path(folder))
        quarantine = Path(folder) / "quarantine.jsonl"
        with quarantine.open("w", encoding="utf-8") as file:
            observed = _observed(watching, request, window, listed, file)
        came_to = Found(
            running=found,
            monitor=found.watched_by(request.monitor),
            window=window,
            result=watching.monitor.check(observed.state),
            quarantined=observed.quarantined,
        ).with_quarantine()
        if came_to.too_early and not request.window:
            # Who asks for a window by name is told that it is empty; a schedule waits.
            return came_to.summary("no records yet") | {"violations": [], "violation_count": 0}
        rules = request.rules(settings)
        if request.from_states:
            return reported(told, objects, came_to, observed.state, quarantine, rules=rules)
        late = Late(
            told=told,
            objects=objects,
            model=model,
            running=found,
            monitor=request.monitor,
            window=window,
            listed_at=listed_at,
            observed=observed,
        )
        came_to = replace(came_to, ledger=_ledger(found, observed, late))
        summary = reported(told, objects, came_to, observed.state, quarantine, rules=rules)
        # Whoever asks for a window by name is answered of that window.
        return summary | ({} if request.window else {"late": late.added()})


def _ledger(found: Running, observed: Observed, late: Late) -> Ledger:
    return Ledger(
        model_package_arn=found.version.arn,
        objects=observed.objects,
        set_aside=observed.set_aside,
        labels_set_aside=observed.labels_set_aside,
        unclaimed=late.unclaimed(),
    )


def _observed(
    watching: Watch, request: Request, window: Window, listed: Iterable[Listed], file: TextIO
) -> Observed:
    """The window's state: of its records, its parts, or the windows within it."""
    objects, monitor = watching.objects, watching.monitor
    if request.parts:
        return put_together(objects, request.parts, watching.running, monitor, file)
    if request.from_states:
        watched = watching.running.watched_by(request.monitor)
        return added_up(objects, watching.model.names, watched, monitor, window)
    return watching.observe((objects.uri(item.key) for item in listed), window, file)


def _nothing_yet(endpoint: str, window: Window) -> dict[str, Any]:
    return {
        "outcome": "no endpoint yet",
        "endpoint": endpoint,
        "window": window.model_dump(mode="json"),
        "records": 0,
        "violations": [],
    }


def _told(attempt: Attempt, told: Environment, error: Exception) -> None:
    """Tells of a failure; should that fail too, the failure itself must still escape."""
    try:
        tell(attempt, told, error)
    except Exception:
        logger.exception("MonitorFailed could not be told")
