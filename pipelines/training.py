"""The training state machine: from a training set to a version that waits for approval.

    Validate -> Train -> Evaluate -> Baseline -> Gate -> Register -> TellRegistered

Where hyperparameters are searched for by a tuning job, `Tune` stands for `Train`; the trial that
won goes on.
Where the tenant has an MLflow tracking server, a run is kept there before its ending is told.
The gate's refusal and every error have an ending of their own, and each ending tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.states import (
    State,
    States,
    caught,
    choice,
    expression,
    failing,
    invoke,
    machine,
    remember,
    tell,
)
from pipelines.training_job import TIMEOUT_SECONDS, VpcConfig, best, train, tune
from terrace.events import TrainingFailed, VersionRefused, VersionRegistered

FUNCTIONS = ("validate", "evaluate", "baseline", "gate", "register", "track")

_STEP_SECONDS = 900  # the longest that Lambda lets a function run
_EXECUTION = expression("$states.context.Execution.Id")
_RUN = {"model": expression("$model"), "run": expression("$plan.run")}


@dataclass(frozen=True, kw_only=True)
class Training:
    """What the training state machine works with."""

    tenant: str
    event_bus: str
    functions: Mapping[str, str]  # ARNs by name; `track` where runs are kept in MLflow
    vpc_config: VpcConfig | None = None  # of the tenant's network

    def definition(self) -> dict[str, Any]:
        """The state machine."""
        steps = self._beginning() | self._measuring() | self._registering()
        for state in steps.values():
            if state["Type"] == "Task":
                state["Catch"] = [caught("TellFailed")]
        return machine(
            "Begin",
            steps | self._endings(),
            comment=f"Trains, measures and registers a version of a model of {self.tenant}.",
            seconds=TIMEOUT_SECONDS,
        )

    def _beginning(self) -> States:
        given = '$type($states.input.model) = "string" ? $states.input.model : "unknown"'
        asked = '$merge([$states.input, {"execution": $states.context.Execution.Name}])'
        return {
            # First of all, so that a failure can tell whose model it is about.
            "Begin": remember({"model": expression(given)}, "Validate"),
            "Validate": self._invoke("validate", expression(asked), assign="plan", then="Searched"),
            "Searched": choice("$exists($plan.search.name)", "Tune", "Train"),
            "Train": train(self.vpc_config) | {"Next": "Evaluate"},
            "Tune": tune(self.vpc_config) | {"Next": "Best"},
            "Best": best() | {"Next": "Evaluate"},
        }

    def _measuring(self) -> States:
        made = {"plan": expression("$plan"), "training_job": expression("$training_job")}
        found = {"evaluation": expression("$evaluation")}
        asked = {"model": expression("$model")} | found
        return {
            "Evaluate": self._invoke("evaluate", _RUN | made, assign="evaluation", then="Baseline"),
            "Baseline": self._invoke("baseline", _RUN | found, assign="baseline", then="Gate"),
            "Gate": self._invoke("gate", asked, assign="gate", then="Passed"),
            "Passed": choice("$gate.passed", "Register", self._told("Refused")),
        }

    def _registering(self) -> States:
        made = {name: expression(f"${name}") for name in ("plan", "evaluation", "baseline", "gate")}
        return {
            "Register": self._invoke(
                "register",
                _RUN | made | {"execution": _EXECUTION},
                assign="registered",
                then=self._told("Registered"),
            )
        }

    def _told(self, ending: str) -> str:
        """The state that begins an ending."""
        return f"Track{ending}" if "track" in self.functions else f"Tell{ending}"

    def _tracking(self) -> States:
        """Keeps the run in MLflow; one that cannot be kept is no reason to lose the version."""
        made = {name: expression(f"${name}") for name in ("plan", "evaluation", "gate")}
        asked = _RUN | made | {"execution": _EXECUTION}
        registered = asked | {"registered": expression("$registered")}
        return {
            f"Track{ending}": self._invoke("track", given, assign="tracked", then=f"Tell{ending}")
            | {"Catch": [caught(f"Tell{ending}")]}
            for ending, given in (("Registered", registered), ("Refused", asked))
        }

    def _endings(self) -> States:
        about = {"tenant": self.tenant, "model": expression("$model"), "execution": _EXECUTION}
        version = {
            "model_package_arn": expression("$registered.model_package_arn"),
            "version": expression("$registered.version"),
        }
        measured = {
            "metrics": expression("$evaluation.metrics"),
            "verdicts": expression("[$gate.verdicts]"),
            "data": expression("[$baseline.data]"),
        }
        registered = about | version | measured | {"reason": expression("$plan.reason")}
        refused = about | {"reasons": expression("[$gate.reasons]")}
        failed = about | {"error": expression("$error"), "cause": expression("$cause")}
        return {
            "TellRegistered": tell(self.event_bus, VersionRegistered, registered)
            | {"Output": _output(version), "End": True},
            "TellRefused": tell(self.event_bus, VersionRefused, refused) | {"Next": "Refused"},
            "Refused": {
                "Type": "Fail",
                "Error": "GateRefused",
                "Cause": expression('$join([$gate.reasons], "; ")'),
            },
            **failing(self.event_bus, TrainingFailed, failed),
            **(self._tracking() if "track" in self.functions else {}),
        }

    def _invoke(self, function: str, payload: Any, *, assign: str, then: str) -> State:
        state = invoke(self.functions[function], payload, seconds=_STEP_SECONDS, assign=assign)
        return state | {"Next": then}


def _output(version: Mapping[str, str]) -> dict[str, Any]:
    kept = ("model", "plan", "evaluation", "baseline")
    return {name: expression(f"${name}") for name in kept} | dict(version)
