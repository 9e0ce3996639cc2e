"""How long a rollout may take, and that the state machine lasts and looks accordingly."""

import pytest

from pipelines.approval import FUNCTIONS, Approval

HOUR = 3600
_EVENTS_OF_A_LOOK = 10  # a wait, a task and a choice enter and exit; a task has three more
_MOST_EVENTS = 25_000


def machine(rollout_seconds: int) -> dict[str, object]:
    return Approval(
        tenant="north",
        event_bus="bus",
        rollouts_table="rollouts",
        rollout_role_arn="arn:rollout",
        approvers=1,
        longest_test_seconds=60,
        longest_rollout_seconds=rollout_seconds,
        functions={name: f"arn:{name}" for name in FUNCTIONS},
    ).definition()


def seconds_between_looks(definition: dict[str, object]) -> int:
    states = definition["States"]
    assert isinstance(states, dict)
    return int(states["DeployWait"]["Seconds"])


@pytest.mark.parametrize("hours", [2, 6, 16, 40])
def test_the_longest_rollout_fits_into_the_history_of_an_execution(hours: int) -> None:
    definition = machine(hours * HOUR)
    looks = hours * HOUR / seconds_between_looks(definition)
    assert looks * _EVENTS_OF_A_LOOK < _MOST_EVENTS


def test_the_machine_lasts_longer_than_the_rollout_and_its_tests() -> None:
    timeout = machine(16 * HOUR)["TimeoutSeconds"]
    assert isinstance(timeout, int)
    assert timeout > 16 * HOUR + 60


def test_a_usual_rollout_is_looked_at_often() -> None:
    assert seconds_between_looks(machine(4 * HOUR)) == 15
