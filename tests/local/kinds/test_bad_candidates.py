"""A candidate that is slow, or fails on one request in twenty, never gets past its canary.

BAD_CANDIDATES=20 tries each twenty times. One that learned its labels the wrong way round does not
get so far: the gate refuses it (test_training), or its shadow test (test_two_approvers).
"""

import os
import time
from pathlib import Path

import pytest

from examples.demo.operator import Operator, waited_for
from examples.demo.stage import Stage
from tests.local.faulty import pushed
from tests.local.kinds.candidates import callers, registered
from tests.local.stages import CLOCK_SPEED

pytestmark = pytest.mark.local

_SEEN_MINUTES = 4  # by an alarm on three
RUNS = int(os.environ.get("BAD_CANDIDATES", "1"))


def forgotten(operator: Operator) -> None:
    """Waits until the alarms see nothing any more of the candidate before this one."""
    time.sleep(_SEEN_MINUTES * 60 / CLOCK_SPEED)

    def quiet() -> bool | None:
        alarms = operator.client("cloudwatch").describe_alarms(AlarmNamePrefix=operator.names.base)
        return True if all(one["StateValue"] != "ALARM" for one in alarms["MetricAlarms"]) else None

    waited_for("the alarms' end", quiet)


@pytest.mark.parametrize(("fault", "alarm"), [("slow", "latency"), ("failing", "errors")])
def test_a_bad_candidate_never_gets_past_its_canary(
    stage: Stage,
    serving: dict[str, Operator],
    bodies: list[str],
    tmp_path: Path,
    fault: str,
    alarm: str,
) -> None:
    operator = serving["tool-wear"]
    before = operator.running_version()
    good = operator.client("sagemaker").describe_model_package(ModelPackageName=before)
    (container,) = good["InferenceSpecification"]["Containers"]
    bad = pushed(stage, container["Image"], fault, tmp_path / "source")
    for _ in range(RUNS):
        forgotten(operator)
        version = registered(operator, good, Image=bad)
        with callers(operator, bodies[:5]):
            ended = operator.decide(version, "Approved")
        assert (ended["status"], ended["error"]) == ("FAILED", "StackUpdateFailed"), ended
        assert operator.running_version() == before
        letter = stage.letter("north-mill", "rolled back", version)
        assert f"{operator.names.base}--rollout-{alarm}-" in letter
