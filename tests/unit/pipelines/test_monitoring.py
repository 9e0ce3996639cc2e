"""The monitoring state machine: a window in parts, and who is told where that fails."""

from typing import Any

from pipelines.monitoring import FUNCTIONS, Monitoring
from terrace.events import MonitorFailed
from tests.unit.pipelines.machine import Execution, Task, TaskFailed

DEFINITION = Monitoring(
    tenant="north",
    event_bus="bus",
    bucket="b",
    functions={name: f"arn:{name}" for name in FUNCTIONS},
).definition()
ASKED = {"model": "wear", "monitor": "data-quality", "parts": "wear/monitoring/parts/1"}
FOUND = {"outcome": "nothing violated", "records": 3}


def run(**tasks: Task) -> Execution:
    usual: dict[str, Task] = {
        "Observe": lambda _asked: [{}],
        "Check": lambda _asked: {"Payload": FOUND},
        "TellFailed": lambda _asked: {},
    }
    given = {"asked": ASKED, "key": "wear/monitoring/parts/1/parts.json"}
    return Execution(definition=DEFINITION, tasks=usual | tasks).run(given)


def failing(_asked: Any) -> Any:
    raise TaskFailed("States.ExceedToleratedFailureThreshold", "too many failed.")


def test_the_parts_are_read_from_the_bucket_and_the_monitor_is_asked_again() -> None:
    done = run()
    assert done.asked["Observe"] == {"Bucket": "b", "Key": "wear/monitoring/parts/1/parts.json"}
    assert done.asked["Check"] == {"FunctionName": "arn:monitor", "Payload": ASKED}
    assert done.output == FOUND


def test_each_part_is_handed_to_the_function_as_it_is() -> None:
    processor = DEFINITION["States"]["Observe"]["ItemProcessor"]
    (part,) = processor["States"].values()
    assert processor["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert part["Arguments"]["FunctionName"] == "arn:observe"
    assert part["Arguments"]["Payload"] == "{% $states.input %}"


def test_a_part_that_fails_is_told_with_where_to_look() -> None:
    done = run(Observe=failing)
    (entry,) = done.events
    told = MonitorFailed.model_validate(entry["Detail"])
    assert (told.model, told.monitor) == ("wear", "data-quality")
    assert told.cause == f"too many failed. Why is told in the map run of {done.arn}"
    assert done.error == "States.ExceedToleratedFailureThreshold"


def test_a_check_that_fails_is_told() -> None:
    done = run(Check=failing)
    assert [entry["DetailType"] for entry in done.events] == ["MonitorFailed"]
    assert done.cause == "too many failed."
