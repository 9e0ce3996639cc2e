"""What becomes of a check: its report, its metrics, and the event that people are told of."""

import json
from pathlib import Path
from typing import Any

from lambdas.common import bus
from lambdas.common.ledger import MEMBER
from lambdas.common.objects import Objects
from lambdas.monitor import alerts
from lambdas.monitor.found import Found
from lambdas.monitor.telemetry import Measured, emit
from terrace.alerting import Alerting
from terrace.environment import Environment
from terrace.monitor import State

_LARGEST_METRIC = 2.0**360  # CloudWatch takes no value beyond


def reported(
    told: Environment,
    objects: Objects,
    found: Found,
    state: State,
    quarantine: Path,
    *,
    rules: Alerting | None,
) -> dict[str, Any]:
    """Writes the report, then the metrics, the event that points to both, and last the state.

    The function's answer.
    """
    reports = _written(objects, found, quarantine)
    emit(_measured(found), tenant=told.tenant, model=_model(found), monitor=found.monitor)
    held_back = alerts.told(objects, found, rules).reason if rules else ""
    if found.result.violations and not held_back:
        bus.put(told.event_bus, found.event(reports["report"]))
    _keep(objects, found, state)
    outcome = "violations found" if found.result.violations else "nothing violated"
    reasons = {"nobody_told": held_back} if held_back else {}
    return found.summary(outcome, **reports, **reasons)


def judged_again(
    told: Environment, objects: Objects, found: Found, state: State, quarantine: Path
) -> dict[str, Any]:
    """The same for a window to which late records were added.

    People are told of it where it has violations that it did not have before. Its metrics were
    sent when it was checked first. The state is written last: whoever fails before tries again.
    """
    before = _violated(objects, found)
    reports = _written(objects, found, quarantine)
    now = {(violation.feature, violation.check) for violation in found.result.violations}
    if now - before:
        bus.put(told.event_bus, found.event(reports["report"]))
    _keep(objects, found, state)
    late = found.ledger.late if found.ledger else 0
    return {
        "window": found.window.model_dump(mode="json"),
        "records": found.result.records,
        "late_records": late,
        "new_violations": len(now - before),
    }


def _violated(objects: Objects, found: Found) -> set[tuple[str, str]]:
    key = f"{found.folder}/constraint_violations.json"
    content = json.loads(objects.read(objects.uri(key)))
    return {(v["feature_name"], v["constraint_check_type"]) for v in content["violations"]}


def _written(objects: Objects, found: Found, quarantine: Path) -> dict[str, str]:
    """Writes the report's files; the addresses of those that a person may want."""
    folder, result = found.folder, found.result
    reports = {
        name: objects.write_json(f"{folder}/{name}.json", content)
        for name, content in result.reports.items()
    }
    objects.upload(quarantine, f"{folder}/quarantine.jsonl")
    reports["page"] = objects.write(
        f"{folder}/report.html", found.page(), content_type="text/html; charset=utf-8"
    )
    violations = result.violations_file()
    if found.ledger:
        violations["terrace"]["ledger"] = found.ledger.counts()
    reports["report"] = objects.write_json(f"{folder}/constraint_violations.json", violations)
    return reports


def _keep(objects: Objects, found: Found, state: State) -> None:
    """The state with its ledger, in one object, so that both are of the same moment."""
    ledger = {MEMBER: found.ledger.model_dump(mode="json")} if found.ledger else {}
    objects.write_json(found.state_key, state.dump() | ledger)


def _measured(found: Found) -> Measured:
    return Measured(
        records=found.result.records,
        quarantined=found.quarantined,
        violations=len(found.result.violations),
        violated=frozenset(violation.feature for violation in found.result.violations),
        figures={
            name: figure
            for name, figure in found.result.figures.items()
            if figure is not None and abs(figure) <= _LARGEST_METRIC
        },
    )


def _model(found: Found) -> str:
    return found.running.version.names.model
