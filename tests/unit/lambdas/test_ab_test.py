"""Two versions share the traffic; labels tell which is better, or that it is not known yet."""

from datetime import timedelta
from typing import Any

import pytest

from lambdas.ab_test.handler import NoABTest, handler
from lambdas.common.running import VersionReplaced

from .conftest import MODEL, Cloud, Context
from .endpoints import BASELINES, serve_both
from .traffic import MONITORS, NOW, WINDOW, captured, labelled, measured, rows

ALARM = "north--tool-wear--challenger-errors"
FLIPPED = {"worn": "unworn", "unworn": "worn"}


@pytest.fixture
def challenger(cloud: Cloud) -> str:
    """The second version, which has half of the traffic."""
    cloud.deploy(
        monitors=MONITORS,
        outputs=("predicted", "score"),
        endpoint={"ab_test": {"percent": 50, "least_labelled": 50}},
    )
    measured(cloud)
    arn = serve_both(cloud, "Challenger")
    decided(cloud, arn, "Approved")
    return arn


def decided(cloud: Cloud, arn: str, status: str) -> None:
    """Marks a version; moto would forget what was noted of it."""
    cloud.client("sagemaker").update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus=status,
        CustomerMetadataProperties={"baselines_uri": BASELINES},
    )


def asked(arn: str, **changes: Any) -> dict[str, Any]:
    window = {"since": WINDOW["start"], "until": WINDOW["end"]}
    return handler({"model": MODEL, "model_package_arn": arn} | window | changes, Context())


def shared(cloud: Cloud, *, champion_wrong: int = 0, challenger_wrong: int = 0) -> None:
    """Two hundred rows each, so many of them predicted the wrong way round; and all labels."""
    frame = rows(1)
    frame["tool_condition"] = frame["predicted"]
    for variant, part, wrong in (
        ("AllTraffic", frame[:200], champion_wrong),
        ("Challenger", frame[200:], challenger_wrong),
    ):
        told = part.copy()
        told["predicted"] = [
            FLIPPED[said] if place < wrong else said for place, said in enumerate(told["predicted"])
        ]
        captured(cloud, told, variant=variant)
    labelled(cloud, frame["tool_condition"])


def test_the_better_version_wins(cloud: Cloud, challenger: str) -> None:
    shared(cloud, champion_wrong=60)
    found = asked(challenger)
    assert found["verdict"] == "challenger"
    assert "200 labelled rows of the new version and 200 of the one" in found["reason"]
    assert "1.0000 and 0.7000, +0.3000" in found["reason"]
    assert found["p_value"] < 0.05


def test_the_worse_version_loses(cloud: Cloud, challenger: str) -> None:
    shared(cloud, challenger_wrong=60)
    assert asked(challenger)["verdict"] == "champion"


def test_equal_versions_have_no_winner_yet(cloud: Cloud, challenger: str) -> None:
    shared(cloud, champion_wrong=10, challenger_wrong=11)
    assert asked(challenger)["verdict"] == "not yet"


def test_without_labels_nothing_is_known(cloud: Cloud, challenger: str) -> None:
    frame = rows(1)
    captured(cloud, frame[:200])
    captured(cloud, frame[200:], variant="Challenger")
    found = asked(challenger)
    assert (found["verdict"], found["p_value"]) == ("not yet", 1.0)
    assert "on 0 labelled rows of the new version" in found["reason"]


def test_what_was_captured_before_the_test_does_not_count(cloud: Cloud, challenger: str) -> None:
    shared(cloud, champion_wrong=60)
    after = (NOW + timedelta(seconds=1)).isoformat()
    assert "on 0 labelled rows" in asked(challenger, since=after)["reason"]


def test_by_hand_the_model_is_enough(cloud: Cloud, challenger: str) -> None:
    shared(cloud, champion_wrong=60)
    # moto's endpoint is younger than the traffic.
    found = handler({"model": MODEL, "since": WINDOW["start"]}, Context())
    assert found["verdict"] == "challenger"


def test_an_alarm_ends_the_test(cloud: Cloud, challenger: str) -> None:
    shared(cloud, champion_wrong=60)
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM, MetricName="m", Namespace="n", Statistic="Sum", Period=60, Threshold=1,
        EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    assert asked(challenger)["verdict"] == "challenger"
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="9 % fail")
    found = asked(challenger)
    assert (found["verdict"], found["reason"]) == ("champion", f"{ALARM}: 9 % fail")


def test_a_version_that_is_rejected_meanwhile_is_told(cloud: Cloud, challenger: str) -> None:
    shared(cloud, champion_wrong=60)
    decided(cloud, challenger, "Rejected")
    found = asked(challenger)
    assert (found["verdict"], "is Rejected" in found["reason"]) == ("rejected", True)


def test_another_version_than_the_one_that_is_tested_is_told(cloud: Cloud, challenger: str) -> None:
    with pytest.raises(VersionReplaced):
        asked(challenger.replace("/2", "/1"))


def test_a_model_without_a_test_is_told(cloud: Cloud) -> None:
    cloud.deploy()
    with pytest.raises(NoABTest, match=r"has no endpoint\.ab_test"):
        asked("arn")
