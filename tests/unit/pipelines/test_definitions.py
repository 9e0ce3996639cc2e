"""The definitions as the Amazon States Language has them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.states import tell
from terrace.events import VersionRefused
from tests.unit.pipelines import test_approval, test_monitoring, test_training

DEFINITIONS = {
    "training": test_training.DEFINITION,
    "approval": test_approval.DEFINITION,
    "monitoring": test_monitoring.DEFINITION,
}
FAULTS = {"Lambda.ServiceException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"}


def follows(state: dict[str, Any]) -> set[str]:
    ways = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    return {way["Next"] for way in ways if "Next" in way} | {
        state[key] for key in ("Default",) if key in state
    }


def tasks(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: s for name, s in definition["States"].items() if s["Type"] == "Task"}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_state_is_reached_and_every_way_leads_somewhere(name: str) -> None:
    states = DEFINITIONS[name]["States"]
    reached, new = set(), {DEFINITIONS[name]["StartAt"]}
    while new:
        reached |= new
        new = set().union(*(follows(states[state]) for state in new)) - reached
    assert reached == set(states)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_task_has_a_timeout_and_tries_again(name: str) -> None:
    for state in tasks(DEFINITIONS[name]).values():
        assert state["TimeoutSeconds"] > 0
        assert state["Retry"]
        if state["Resource"].endswith("lambda:invoke"):
            assert set(state["Retry"][0]["ErrorEquals"]) >= FAULTS


@pytest.mark.parametrize("name", DEFINITIONS)
def test_aws_schema_of_state_machines_accepts_it(name: str, tmp_path: Path) -> None:
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": "arn:aws:iam::123456789012:role/x",
            "Definition": DEFINITIONS[name],
        },
    }
    template = tmp_path / "template.json"
    template.write_text(json.dumps({"Resources": {"Machine": machine}}))
    command = [str(Path(sys.executable).with_name("cfn-lint")), str(template)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.stdout, found.returncode) == ("", 0)


def test_an_event_with_other_fields_than_its_receivers_expect_is_refused() -> None:
    with pytest.raises(ValueError, match=r"VersionRefused got .* expected .*'reasons'"):
        tell("bus", VersionRefused, {"tenant": "north", "model": "wear"})
