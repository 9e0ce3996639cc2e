"""What becomes of a check: its report, its metrics, and the event that people are told of."""

from pathlib import Path
from typing import Any

from lambdas.common import bus
from lambdas.common.objects import Objects
from lambdas.monitor import alerts
from lambdas.monitor.found import Found
from lambdas.monitor.telemetry import Measured, emit
from terrace.alerting import Alerting
from terrace.environment import Environment
from terrace.monitor import State


def reported(
    told: Environment,
    objects: Objects,
    found: Found,
    state: State,
    quarantine: Path,
    *,
    rules: Alerting | None,
) -> dict[str, Any]:
    """Writes the report, then the metrics, and last of all the event that points to both.

    The function's answer.
    """
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
        figures={
            name: figure for name, figure in found.result.figures.items() if figure is not None
        },
    )


def _model(found: Found) -> str:
    return found.running.version.names.model
