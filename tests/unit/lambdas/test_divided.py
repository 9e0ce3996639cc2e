"""A window that outgrows one function: divided, observed in parts, and put together again."""

import json
from typing import Any

import pytest

from lambdas.common.aws import client
from lambdas.common.objects import Listed, ObjectRefused
from lambdas.common.parts import grouped
from lambdas.common.running import VersionReplaced
from lambdas.monitor.handler import handler
from lambdas.observe.handler import handler as observe

from .conftest import BUCKET, MACHINE, MODEL, Cloud, Context
from .endpoints import registered
from .traffic import MONITORS, NOW, WINDOW, captured, deployed, labelled, rows, trained

PARTS = 4


@pytest.fixture
def traffic(cloud: Cloud) -> Cloud:
    """A window of four objects, with labels, and a line that is no record."""
    trained(cloud)
    frame = rows(1)
    frame["speed"] *= 0.5
    for part in range(PARTS):
        captured(cloud, frame[part::PARTS], str(part))
    folder = f"tool-wear/capture/north--tool-wear/AllTraffic/{NOW:%Y/%m/%d/%H}"
    time = {"eventMetadata": {"inferenceTime": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}}
    cloud.put(f"{folder}/9.jsonl", json.dumps({"no record": True} | time) + "\n")
    labelled(cloud, frame["tool_condition"])
    client("stepfunctions").create_state_machine(
        name=MACHINE.rpartition(":")[2],
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/monitoring",
    )
    return cloud


def checked(kind: str, **asked: Any) -> dict[str, Any]:
    return handler({"model": MODEL, "monitor": kind, "window": WINDOW} | asked, Context())


def begun(cloud: Cloud, kind: str) -> tuple[dict[str, Any], list[Any]]:
    """What the execution was given of a window that is divided, and the items of its map."""
    deployed(cloud, divide_above_mb=0)
    answer = checked(kind)
    assert (answer["outcome"], answer["parts"]) == ("divided", PARTS + 1)
    execution = client("stepfunctions").describe_execution(executionArn=answer["execution"])
    told = json.loads(execution["input"])
    return told["asked"], json.loads(cloud.get(f"s3://{BUCKET}/{told['key']}"))


def written(cloud: Cloud, answer: dict[str, Any]) -> dict[str, Any]:
    """The report's files, and what the function says of the window."""
    names = [name for name, value in answer.items() if str(value).endswith(".json")]
    files = {name: json.loads(cloud.get(answer[name])) for name in names}
    counts = {name: answer[name] for name in ("records", "quarantined", "violation_count")}
    return counts | files


@pytest.mark.parametrize("kind", MONITORS)
def test_a_divided_window_comes_to_the_same(traffic: Cloud, kind: str) -> None:
    whole = written(traffic, checked(kind))
    asked, parts = begun(traffic, kind)
    for part in parts:
        observe(part, Context())
    answer = handler(asked, Context())
    together = written(traffic, answer)
    assert whole["quarantined"] == 1
    assert approximately(together) == approximately(whole)
    folder = answer["report"].rpartition("/")[0]
    assert b"no record" in traffic.get(f"{folder}/quarantine.jsonl")


def approximately(value: Any) -> Any:
    """Sums of floats depend on their order by a last digit."""
    if isinstance(value, dict):
        return {key: approximately(part) for key, part in value.items()}
    if isinstance(value, list):
        return [approximately(part) for part in value]
    if isinstance(value, float):
        return float(f"{value:.9g}")
    return value


def test_a_part_that_is_missing_is_an_error(traffic: Cloud) -> None:
    asked, parts = begun(traffic, "model-quality")
    for part in parts[1:]:
        observe(part, Context())
    with pytest.raises(ObjectRefused, match=r"000000\.state\.json"):
        handler(asked, Context())


def test_a_version_that_was_replaced_meanwhile_is_an_error(traffic: Cloud) -> None:
    _, (part, *_) = begun(traffic, "model-quality")
    another = part | {"model_package_arn": registered(traffic)}
    with pytest.raises(VersionReplaced, match="ask for the window again"):
        observe(another, Context())


def test_the_execution_tells_of_failures_not_the_function(
    traffic: Cloud, heard: list[dict[str, Any]]
) -> None:
    asked, _ = begun(traffic, "model-quality")
    with pytest.raises(ObjectRefused):
        handler(asked, Context())
    assert heard == []


def test_parts_are_about_as_large_as_asked() -> None:
    listed = [Listed(key=str(size), size_bytes=size, modified=NOW) for size in (5, 3, 9, 1, 1)]
    assert list(grouped(listed, 8)) == [("5", "3"), ("9",), ("1", "1")]
    assert list(grouped([], 8)) == []
