"""What is told of a training set: what differs from the running version's, and from its traffic."""

from lambdas.baseline.handler import handler

from .conftest import MODEL, Cloud, Context
from .endpoints import evaluation
from .traffic import captured, rows, trained

FEATURES = ["speed", "heat", "load"]


def told(cloud: Cloud, context: Context, *, shift: float) -> list[str]:
    """What baseline says of a training set whose heat is another than the running version's."""
    frame = rows(5)
    frame["heat"] += shift
    uris = [
        cloud.put(f"tool-wear/baselines/1/{name}.parquet", part.to_parquet(index=False))
        for name, part in (("features", frame[FEATURES]), ("predictions", frame))
    ]
    event = {"model": MODEL, "run": "1", "evaluation": evaluation(*uris)}
    return list(handler(event, context)["data"])


def test_data_like_those_that_run_and_are_served_differ_in_nothing(
    cloud: Cloud, context: Context
) -> None:
    trained(cloud)
    captured(cloud, rows(3))
    assert told(cloud, context, shift=0) == [
        "beside the data of version 1: nothing differs",
        "beside the last day's traffic of version 1: nothing differs",
    ]


def test_a_column_that_is_another_than_before_and_than_live_is_named(
    cloud: Cloud, context: Context
) -> None:
    trained(cloud)
    captured(cloud, rows(3))
    before, live = told(cloud, context, shift=3)
    assert before.startswith("beside the data of version 1: heat (")
    assert live.startswith("beside the last day's traffic of version 1: heat (")
    assert "speed" not in before + live


def test_without_traffic_there_is_no_skew_to_tell(cloud: Cloud, context: Context) -> None:
    trained(cloud)
    _, live = told(cloud, context, shift=0)
    assert live == "beside the last day's traffic of version 1: none was captured"


def test_a_running_version_whose_baseline_is_gone_stops_no_training(
    cloud: Cloud, context: Context
) -> None:
    trained(cloud)
    for key in cloud.keys("tool-wear/baselines/0/data-quality/"):
        cloud.client("s3").delete_object(Bucket=cloud.environment.bucket, Key=key)
    before, live = told(cloud, context, shift=0)
    assert "cannot be compared: " in before
    assert "does not exist" in before
    assert "none was captured" in live
