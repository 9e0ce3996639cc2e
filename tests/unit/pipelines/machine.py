"""A state machine that runs in memory: tasks answer as they are told, time does not pass."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonata

MOST_STEPS = 200
LIMIT = "States.DataLimitExceeded"  # which States.ALL does not catch
NOW = "2026-01-02T00:00:00.000Z"
Task = Callable[[Any], Any]


class TaskFailed(Exception):
    """What a task fails with."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error, cause)
        self.error, self.cause = error, cause


@dataclass(kw_only=True)
class Execution:
    """One run of a definition, and all that can be asked about it afterwards."""

    definition: Mapping[str, Any]
    tasks: Mapping[str, Task]
    arn: str = "arn:aws:states:us-east-1:123456789012:execution:machine:one"
    visited: list[str] = field(default_factory=list)
    asked: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    cause: str | None = None
    output: Any = None

    @property
    def events(self) -> list[dict[str, Any]]:
        """The entries that were put on the bus."""
        return [
            entry
            for state, asked in self.asked.items()
            if state.startswith("Tell")
            for entry in asked["Entries"]
        ]

    def run(self, given: Any) -> "Execution":
        """Runs to the end."""
        name: str | None = self.definition["StartAt"]
        for _ in range(MOST_STEPS):
            if name is None:
                return self
            self.visited.append(name)
            given, name = self._step(name, self.definition["States"][name], given)
        raise AssertionError(f"no end after {MOST_STEPS} states: {self.visited[-10:]}")

    def _step(self, name: str, state: Mapping[str, Any], given: Any) -> tuple[Any, str | None]:
        match state["Type"]:
            case "Task":
                return self._task(name, state, given, state["Arguments"])
            case "Map":
                return self._task(name, state, given, state["ItemReader"]["Arguments"])
            case "Choice":
                for choice in state["Choices"]:
                    if self._value(choice["Condition"], given):
                        return given, choice["Next"]
                return given, state["Default"]
            case "Fail":
                self.error = self._value(state["Error"], given)
                self.cause = self._value(state["Cause"], given)
                return given, None
            case _:
                return self._done(state, given, None)

    def _task(
        self, name: str, state: Mapping[str, Any], given: Any, arguments: Any
    ) -> tuple[Any, str | None]:
        self.asked[name] = asked = self._value(arguments, given)
        try:
            result = self.tasks[name](asked)
        except TaskFailed as failed:
            for catcher in state.get("Catch", ()):
                caught = {failed.error} | ({"States.ALL"} if failed.error != LIMIT else set())
                if caught & set(catcher["ErrorEquals"]):
                    told = {"Error": failed.error, "Cause": failed.cause}
                    self._assign(catcher, given, errorOutput=told)
                    return told, str(catcher["Next"])
            self.error, self.cause = failed.error, failed.cause
            return None, None
        return self._done(state, given, result)

    def _done(self, state: Mapping[str, Any], given: Any, result: Any) -> tuple[Any, str | None]:
        self._assign(state, given, result=result)
        if "Output" in state:
            given = self._value(state["Output"], given, result=result)
        if "Next" not in state:
            self.output = given
        return given, state.get("Next")

    def _assign(self, state: Mapping[str, Any], given: Any, **told: Any) -> None:
        # All at once, as Step Functions does: no assignment sees another.
        self.variables |= self._value(state.get("Assign", {}), given, **told)

    def _value(self, template: Any, given: Any, **told: Any) -> Any:
        if isinstance(template, dict):
            return {key: self._value(part, given, **told) for key, part in template.items()}
        if isinstance(template, list):
            return [self._value(part, given, **told) for part in template]
        if not isinstance(template, str) or not template.startswith("{%"):
            return template
        compiled = jsonata.Jsonata.jsonata(template[2:-2].strip())
        compiled.register_lambda("parse", json.loads)
        context = {
            "Execution": {"Id": self.arn, "Name": self.arn.rpartition(":")[2]},
            "State": {"EnteredTime": NOW},
        }
        states = {"input": given, "context": context} | told
        found = compiled.evaluate(None, self.variables | {"states": states})
        # AWS refuses an expression that gives nothing; no value here is null on purpose.
        assert found is not None, f"nothing came of {template}"
        return found
