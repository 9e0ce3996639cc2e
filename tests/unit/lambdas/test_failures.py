from typing import Any

from lambdas.monitor.failures import Attempt, tell
from terrace.errors import TerraceError

from .conftest import BUCKET, Cloud

FIRST = Attempt(model="tool-wear", monitor="data-quality", request_id="r1")
OTHER = Attempt(model="tool-wear", monitor="data-quality", request_id="r2")
ERROR = TerraceError("the baseline is gone")


def test_a_failure_is_told_with_its_error_and_cause(
    cloud: Cloud, heard: list[dict[str, Any]]
) -> None:
    tell(FIRST, cloud.environment, ERROR)

    [event] = heard
    assert event["type"] == "MonitorFailed"
    assert event["detail"] == {
        "tenant": "north",
        "model": "tool-wear",
        "monitor": "data-quality",
        "error": "TerraceError",
        "cause": "the baseline is gone",
    }


def test_a_retry_of_the_same_invocation_tells_nothing_more(
    cloud: Cloud, heard: list[dict[str, Any]]
) -> None:
    for _ in range(3):
        tell(FIRST, cloud.environment, ERROR)

    assert len(heard) == 1


def test_another_invocation_tells_again(cloud: Cloud, heard: list[dict[str, Any]]) -> None:
    tell(FIRST, cloud.environment, ERROR)
    tell(OTHER, cloud.environment, ERROR)

    assert len(heard) == 2


def test_a_very_long_cause_still_fits_an_event(cloud: Cloud, heard: list[dict[str, Any]]) -> None:
    tell(FIRST, cloud.environment, TerraceError("x" * 500_000))

    [event] = heard
    assert len(event["detail"]["cause"]) == 2000
    assert cloud.keys("tool-wear/monitoring/") == [
        "tool-wear/monitoring/data-quality/failures/r1.json"
    ]
    assert cloud.get(f"s3://{BUCKET}/{FIRST.key}")
