"""A candidate that is slow, or fails on one request in twenty, never gets past its canary.

BAD_CANDIDATES=20 tries each twenty times. One that learned its labels the wrong way round does not
get so far: the gate refuses it (test_training), or its shadow test (test_two_approvers).
"""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from examples.demo.operator import Operator, waited_for
from examples.demo.stage import Stage
from tests.local.faulty import pushed
from tests.local.stages import CLOCK_SPEED

pytestmark = pytest.mark.local

_SEEN_MINUTES = 4  # by an alarm on three
RUNS = int(os.environ.get("BAD_CANDIDATES", "1"))


def registered(operator: Operator, package: dict[str, Any], image: str) -> str:
    """A version once more, with another image."""
    kept = ("ModelPackageGroupName", "InferenceSpecification", "CustomerMetadataProperties")
    copied: dict[str, Any] = {key: package[key] for key in kept}
    copied["InferenceSpecification"]["Containers"][0]["Image"] = image
    copied["ModelApprovalStatus"] = "PendingManualApproval"
    return str(operator.client("sagemaker").create_model_package(**copied)["ModelPackageArn"])


@contextmanager
def callers(operator: Operator, bodies: list[str], count: int = 4) -> Iterator[None]:
    """People who ask all the time, and again where they got no answer."""
    over, runtime = threading.Event(), operator.client("sagemaker-runtime")

    def ask() -> None:
        while not over.wait(0.02):
            for body in bodies:
                try:
                    runtime.invoke_endpoint(
                        EndpointName=operator.names.endpoint, ContentType="text/csv", Body=body
                    )
                except ClientError as error:
                    assert error.response["Error"]["Code"] == "ModelError"

    with ThreadPoolExecutor(max_workers=count) as pool:
        asking = [pool.submit(ask) for _ in range(count)]
        try:
            yield
        finally:
            over.set()
        for one in asking:
            one.result()


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
        version = registered(operator, good, bad)
        with callers(operator, bodies[:5]):
            ended = operator.decide(version, "Approved")
        assert (ended["status"], ended["error"]) == ("FAILED", "StackUpdateFailed"), ended
        assert operator.running_version() == before
        letter = stage.letter("north-mill", "rolled back", version)
        assert f"{operator.names.base}--{alarm}" in letter
