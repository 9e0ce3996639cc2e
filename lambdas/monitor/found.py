"""What a window's check found: the files of the report, and the event that people are told of."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lambdas.common.ledger import Ledger
from lambdas.common.running import Running
from terrace.events import Violated, ViolationsFound, Window
from terrace.monitor import Result, Violation, worst_first
from terrace.page import page

# EventBridge takes 256 KB an entry; the rest of the event is small.
_MOST_BYTES = 200_000
_LONGEST_DESCRIPTION = 2000
_MOST_QUARANTINED = 0.01  # as share of all records; `terrace check` holds to the same


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one window of one running version came to.

    Attributes:
        ledger: What was observed of it; None where states were added up and no object was read.
    """

    running: Running
    monitor: str
    window: Window
    result: Result
    quarantined: int
    ledger: Ledger | None = None

    @property
    def folder(self) -> str:
        """Where the report is; the same window checked again replaces it."""
        start, end = self.window.start.astimezone(UTC), self.window.end.astimezone(UTC)
        model = self.running.version.names.model
        return f"{model}/monitoring/{self.monitor}/{start:%Y/%m/%d/%H}/{_name(start)}--{_name(end)}"

    @property
    def state_key(self) -> str:
        """Where its state is, and with it the ledger."""
        return f"{self.folder}/state.json"

    @property
    def too_early(self) -> bool:
        """Nothing came, and the endpoint was not there for all of the window."""
        came = self.result.records or self.quarantined
        return not came and self.running.created > self.window.start

    def with_quarantine(self) -> "Found":
        """With a violation more where too many records could not be read."""
        total = self.result.records + self.quarantined
        share = self.quarantined / total if total else 0.0
        if share <= _MOST_QUARANTINED:
            return self
        unreadable = Violation(
            feature="Unreadable records",
            check="quarantine_check",
            description=f"{self.quarantined} of {total} records are no rows of the baseline's "
            "columns; quarantine.jsonl beside the report has each with its reason.",
            value=share,
            threshold=_MOST_QUARANTINED,
        )
        violations = worst_first([*self.result.violations, unreadable])
        return replace(self, result=replace(self.result, violations=violations))

    def page(self) -> str:
        """The report as a page that a person can look at."""
        names = self.running.version.names
        told = (
            f"Tenant {names.tenant}, endpoint {self.running.endpoint}, "
            f"version {self.running.version.number}",
            f"{self.window.start:%Y-%m-%d %H:%M:%S} to {self.window.end:%Y-%m-%d %H:%M:%S} UTC",
            f"{self.quarantined} records set aside",
            *(self.ledger.notes() if self.ledger else ()),
        )
        return page(f"{names.model}: {self.monitor}", told, self.result)

    def event(self, report: str) -> ViolationsFound:
        """The event, with as many violations, worst first, as fit into one; all are counted."""
        names = self.running.version.names
        return ViolationsFound(
            tenant=names.tenant,
            model=names.model,
            monitor=self.monitor,
            version=self.running.version.number,
            endpoint=self.running.endpoint,
            window=self.window,
            records=self.result.records,
            quarantined=self.quarantined,
            violations=tuple(fitting(self.result.violations)),
            violation_count=len(self.result.violations),
            report=report,
        )

    def summary(self, outcome: str, **reports: str) -> dict[str, Any]:
        """The function's answer."""
        return {
            "outcome": outcome,
            "endpoint": self.running.endpoint,
            "version": self.running.version.number,
            "window": self.window.model_dump(mode="json"),
            "records": self.result.records,
            "quarantined": self.quarantined,
            "compared": str(self.result.compared),
            "violations": [told.model_dump() for told in fitting(self.result.violations)],
            "violation_count": len(self.result.violations),
        } | reports


def fitting(violations: Iterable[Violation]) -> list[Violated]:
    """The first violations, as many as fit into an event, and one at least."""
    kept: list[Violated] = []
    room = _MOST_BYTES
    for violation in violations:
        told = Violated(
            feature=violation.feature,
            check=violation.check,
            description=violation.description[:_LONGEST_DESCRIPTION],
            value=violation.value,
            threshold=violation.threshold,
        )
        room -= len(told.model_dump_json().encode()) + 1
        if kept and room < 0:
            break
        kept.append(told)
    return kept


def _name(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"
