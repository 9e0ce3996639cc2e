"""A candidate's answers to mirrored requests, held against a budget."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.common.running import VersionReplaced
from lambdas.compare.handler import NoShadowTest, handler
from tests.unit.test_differential import line

from .conftest import Cloud, Context
from .endpoints import ENDPOINT, serve_both

SINCE = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
UNTIL = SINCE + timedelta(minutes=30)


def captured(cloud: Cloud, variant: str, answers: dict[str, str], at: datetime = SINCE) -> None:
    lines = []
    for request, answer in answers.items():
        told = line(request, answer).decode()
        time = f'"eventMetadata":{{"inferenceTime":"{at:%Y-%m-%dT%H:%M:%SZ}"}}'
        lines.append(f"{told[:-1]},{time}}}\n")
    key = f"tool-wear/capture/{ENDPOINT}/{variant}/{at:%Y/%m/%d/%H}/{len(answers)}.jsonl"
    cloud.put(key, "".join(lines))


def answers(count: int, *, worn: int = 0) -> dict[str, str]:
    return {str(n): "worn,1" if n < worn else "unworn,0" for n in range(count)}


def asked(cloud: Cloud, context: Context, arn: str, **shadow: Any) -> dict[str, Any]:
    cloud.deploy(endpoint={"shadow": {"minutes": 30, "least_requests": 20} | shadow})
    event = {
        "model": "tool-wear",
        "model_package_arn": arn,
        "since": SINCE.isoformat(),
        "until": UNTIL.isoformat(),
    }
    return dict(handler(event, context))


def test_a_candidate_that_decides_alike_passes(cloud: Cloud, context: Context) -> None:
    arn = serve_both(cloud, "Shadow")
    captured(cloud, "AllTraffic", answers(100))
    captured(cloud, "Shadow", answers(100, worn=5))
    found = asked(cloud, context, arn)
    assert found["passed"]
    assert "of 100 requests 0 unanswered, 5 decided otherwise" in found["reason"]


@pytest.mark.parametrize(
    ("running", "shadow", "told"),
    [
        (answers(100), answers(100, worn=6), "6.0% decided otherwise; expected at most 5.0%"),
        (answers(100), answers(98), "2.0% unanswered; expected at most 1.0%"),
        (answers(19), answers(19), "19 different requests say too little; expected at least 20"),
        ({}, {}, "0 different requests say too little"),
    ],
)
def test_a_candidate_that_does_not_is_refused_in_words(
    cloud: Cloud, context: Context, running: dict[str, str], shadow: dict[str, str], told: str
) -> None:
    arn = serve_both(cloud, "Shadow")
    captured(cloud, "AllTraffic", running)
    captured(cloud, "Shadow", shadow)
    found = asked(cloud, context, arn)
    assert not found["passed"]
    assert told in found["reason"]


def test_what_was_captured_before_and_after_does_not_count(cloud: Cloud, context: Context) -> None:
    arn = serve_both(cloud, "Shadow")
    captured(cloud, "AllTraffic", answers(50))
    captured(cloud, "Shadow", answers(50))
    for at in (SINCE - timedelta(hours=1), UNTIL):
        captured(cloud, "AllTraffic", answers(200, worn=200), at)
    assert asked(cloud, context, arn)["passed"]


def test_another_candidate_than_the_one_that_was_watched_is_told(
    cloud: Cloud, context: Context
) -> None:
    serve_both(cloud, "Shadow")
    with pytest.raises(VersionReplaced):
        asked(cloud, context, "arn:aws:sagemaker:r:1:model-package/north--tool-wear/9")


def test_a_model_without_a_shadow_test_is_told(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    event = {"model": "tool-wear", "model_package_arn": "a", "since": SINCE, "until": UNTIL}
    with pytest.raises(NoShadowTest, match=r"has no endpoint\.shadow"):
        handler(event, context)
