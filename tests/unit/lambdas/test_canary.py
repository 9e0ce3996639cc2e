"""A version that nobody asked while its traffic was watched has not passed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.canary.handler import NoCanary, handler
from lambdas.common.running import VersionReplaced
from tests.unit.test_differential import line

from .conftest import Cloud, Context
from .endpoints import ENDPOINT, registered, serve

UNTIL = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
CANARY = {"traffic": "canary", "percent": 10, "wait_minutes": 5, "bake_minutes": 3}


def captured(cloud: Cloud, count: int, at: datetime, name: str = "a") -> None:
    told = line("1,2", "worn,1").decode()
    time = f'"eventMetadata":{{"inferenceTime":"{at:%Y-%m-%dT%H:%M:%SZ}"}}'
    key = f"tool-wear/capture/{ENDPOINT}/AllTraffic/{at:%Y/%m/%d/%H}/{name}.jsonl"
    cloud.put(key, f"{told[:-1]},{time}}}\n" * count)


def serving(cloud: Cloud, *, sampling: int = 100, **rollout: Any) -> str:
    """An endpoint with a version, whose ARN this is."""
    endpoint = {"min_instances": 2, "rollout": CANARY | rollout}
    cloud.deploy(endpoint=endpoint, capture={"sampling_percentage": sampling})
    arn = registered(cloud)
    serve(cloud, {"ModelPackageName": arn})
    return arn


def asked(arn: str, context: Context, *, since: datetime | None = None) -> dict[str, Any]:
    event = {
        "model": "tool-wear",
        "model_package_arn": arn,
        "since": (since or UNTIL - timedelta(hours=1)).isoformat(),
        "until": UNTIL.isoformat(),
    }
    return dict(handler(event, context))


@pytest.mark.parametrize(("count", "passed"), [(0, False), (9, False), (10, True), (500, True)])
def test_the_versions_share_of_the_requests_must_be_one_at_least(
    cloud: Cloud, context: Context, count: int, passed: bool
) -> None:
    arn = serving(cloud)
    captured(cloud, count, UNTIL - timedelta(minutes=2))
    found = asked(arn, context)
    assert found["passed"] is passed
    assert ("expected at least 10" in found["reason"]) is not passed


def test_requests_before_any_traffic_went_over_do_not_count(cloud: Cloud, context: Context) -> None:
    arn = serving(cloud)
    captured(cloud, 100, UNTIL - timedelta(minutes=9))  # five of waiting, three of baking
    assert not asked(arn, context)["passed"]
    captured(cloud, 100, UNTIL - timedelta(minutes=7), "b")
    assert asked(arn, context)["passed"]
    late = UNTIL - timedelta(minutes=6)
    assert not asked(arn, context, since=late)["passed"]


def test_a_sample_of_the_traffic_stands_for_all_of_it(cloud: Cloud, context: Context) -> None:
    arn = serving(cloud, sampling=20, least_requests=5)
    captured(cloud, 9, UNTIL - timedelta(minutes=2))
    assert not asked(arn, context)["passed"]
    captured(cloud, 1, UNTIL - timedelta(minutes=2), "b")
    assert asked(arn, context)["passed"]


@pytest.mark.parametrize("rollout", [{"least_requests": 0}, {"traffic": "all-at-once"}])
def test_where_nothing_is_watched_there_is_nothing_to_count(
    cloud: Cloud, context: Context, rollout: dict[str, Any]
) -> None:
    with pytest.raises(NoCanary, match="north/tool-wear has no rollout that is watched"):
        asked(serving(cloud, **rollout), context)


def test_another_version_than_the_one_that_runs_is_told(cloud: Cloud, context: Context) -> None:
    serving(cloud)
    with pytest.raises(VersionReplaced):
        asked("arn:other", context)
