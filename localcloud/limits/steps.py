"""Step Functions' limits of an execution: 262,144 bytes of data, 25,000 events of history."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.hooks.states import TaskFailure

_DATA = 262_144
_EVENTS = 25_000
# A task's history has more than MiniStack writes: TaskStarted follows TaskScheduled.
_MORE = {"TaskScheduled": 1}


def check_data(value: Any, what: str) -> None:
    """Checks an input or a result, of a state, a task or an execution.

    Raises:
        TaskFailure: As JSON in UTF-8 it is larger than Step Functions passes on. Only a retrier or
            catcher that names the error has it.
    """
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    if size > _DATA:
        raise TaskFailure(
            "States.DataLimitExceeded",
            f"{what} has a size of {size} bytes, exceeding the maximum number of bytes service "
            f"limit of {_DATA}.",
        )


def check_history(events: Sequence[Mapping[str, Any]]) -> None:
    """Checks an execution's history.

    Raises:
        TaskFailure: It has as many as Step Functions keeps.
    """
    count = len(events)
    if count * (1 + max(_MORE.values())) < _EVENTS:
        return
    count += sum(_MORE.get(event["type"], 0) for event in events)
    if count >= _EVENTS:
        cause = f"The execution reached the maximum number of history events ({_EVENTS})."
        raise TaskFailure("States.Runtime", cause)
