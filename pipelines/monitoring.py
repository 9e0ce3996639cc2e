"""The monitoring state machine: a window that outgrows one function, observed in parts.

    Observe (a distributed map: one function a part) -> Check (the monitor adds the parts up)

The monitor function divides the window, starts this, and is asked again once all is observed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.states import States, caught, expression, failing, invoke, machine, remember
from terrace.events import MonitorFailed

FUNCTIONS = ("observe", "monitor")
LABEL = "Observe"  # of the map run, in the names of its executions

_STEP_SECONDS = 900  # the longest that Lambda lets a function run
_TIMEOUT_SECONDS = 6 * 3600
_EXECUTION = "$states.context.Execution.Id"
_AT_ONCE = 40  # of the 1000 functions that an account may run at once, unless it asked for more


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """What the monitoring state machine works with."""

    tenant: str
    event_bus: str
    bucket: str
    functions: Mapping[str, str]  # ARNs by name

    def definition(self) -> dict[str, Any]:
        """The state machine."""
        return machine(
            "Begin",
            self._steps() | self._endings(),
            comment=f"Observes large windows of the models of {self.tenant}, in parts.",
            seconds=_TIMEOUT_SECONDS,
        )

    def _steps(self) -> States:
        asked = {name: expression(f"$states.input.asked.{name}") for name in ("model", "monitor")}
        check = invoke(
            self.functions["monitor"],
            expression("$asked"),
            seconds=_STEP_SECONDS,
            assign="checked",
        )
        # The map itself fails for no other reason than that too many of its parts did.
        why = "$states.errorOutput.Cause & ' Why is told in the map run of ' & " + _EXECUTION
        parts_failed = caught("TellFailed", assign={"cause": expression(why)})
        about = asked | {
            "asked": expression("$states.input.asked"),
            "key": expression("$states.input.key"),
        }
        return {
            "Begin": remember(about, "Observe"),
            "Observe": self._observe() | {"Catch": [parts_failed], "Next": "Check"},
            "Check": check
            | {
                "Catch": [caught("TellFailed")],
                "Output": expression("$states.result.Payload"),
                "End": True,
            },
        }

    def _observe(self) -> dict[str, Any]:
        part = invoke(
            self.functions["observe"],
            expression("$states.input"),
            seconds=_STEP_SECONDS,
            assign="observed",
        )
        return {
            "Type": "Map",
            "Label": LABEL,
            "MaxConcurrency": _AT_ONCE,
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"},
                "Arguments": {"Bucket": self.bucket, "Key": expression("$key")},
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "ObservePart",
                # What was observed is in the bucket; thousands of answers would be too large.
                "States": {"ObservePart": part | {"Output": {}, "End": True}},
            },
            "Output": {},
        }

    def _endings(self) -> States:
        failed = {
            "tenant": self.tenant,
            "model": expression("$model"),
            "monitor": expression("$monitor"),
            "error": expression("$error"),
            "cause": expression("$cause"),
        }
        return failing(self.event_bus, MonitorFailed, failed)
