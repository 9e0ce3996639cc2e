"""The function that captures what asynchronous endpoints answered."""

import json
from typing import Any

import pytest

from lambdas.capture import handler as capturing
from lambdas.common.deployments import ModelNotDeployed
from lambdas.common.objects import ObjectRefused

from .conftest import BUCKET, Cloud, Context

FOLDER = "tool-wear/capture/north--tool-wear/AllTraffic/2026/01/02/03/"


def told(
    asked: str, answered: str | None, *, message_id: str = "m-1", **more: Any
) -> dict[str, Any]:
    """SageMaker's notification as SNS brings it to a function."""
    notice: dict[str, Any] = {
        "awsRegion": "eu-west-1",
        "eventTime": "2026-01-02T03:04:05.678Z",
        "receivedTime": "2026-01-02T03:00:00.000Z",
        "invocationStatus": "Completed" if answered else "Failed",
        "requestParameters": {
            "contentType": "text/csv",
            "endpointName": "north--tool-wear",
            "inputLocation": asked,
        },
        "inferenceId": "order-7",
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    } | more
    if answered:
        notice["responseParameters"] = {"contentType": "text/csv", "outputLocation": answered}
    return {"Records": [{"Sns": {"MessageId": message_id, "Message": json.dumps(notice)}}]}


@pytest.fixture
def exchanged(cloud: Cloud) -> tuple[str, str]:
    """A request and its answer, in the tenant's bucket."""
    cloud.deploy(endpoint={"kind": "asynchronous"})
    asked = cloud.put("tool-wear/requests/1", "1,2\n")
    return asked, cloud.put("tool-wear/answers/1.out", "worn,0.75\n")


def test_an_answer_becomes_a_record_in_sagemakers_format_and_place(
    cloud: Cloud, context: Context, exchanged: tuple[str, str]
) -> None:
    found = capturing.handler(told(*exchanged), context)
    (key,) = cloud.keys("tool-wear/capture/")
    assert key == f"{FOLDER}04-05-m-1.jsonl"
    assert found == {"uri": f"s3://{BUCKET}/{key}"}
    record = json.loads(cloud.get(f"s3://{BUCKET}/{key}"))
    assert record["captureData"]["endpointInput"]["data"] == "1,2\n"
    assert record["captureData"]["endpointInput"]["encoding"] == "CSV"
    assert record["captureData"]["endpointOutput"]["data"] == "worn,0.75\n"
    assert record["eventMetadata"] == {
        "eventId": "m-1",
        "inferenceId": "order-7",
        "inferenceTime": "2026-01-02T03:04:05Z",
    }


def test_a_notification_that_comes_twice_is_one_record(
    cloud: Cloud, context: Context, exchanged: tuple[str, str]
) -> None:
    for _ in range(2):
        capturing.handler(told(*exchanged), context)
    assert len(cloud.keys("tool-wear/capture/")) == 1


def test_the_share_that_the_file_says_is_taken_and_the_same_again(
    cloud: Cloud, context: Context, exchanged: tuple[str, str]
) -> None:
    cloud.deploy(endpoint={"kind": "asynchronous"}, capture={"sampling_percentage": 30})
    for _ in range(2):
        for number in range(100):
            capturing.handler(told(*exchanged, message_id=f"m-{number}"), context)
    assert 15 <= len(cloud.keys("tool-wear/capture/")) <= 45


def test_a_request_that_was_not_answered_leaves_no_record(
    cloud: Cloud, context: Context, exchanged: tuple[str, str]
) -> None:
    event = told(exchanged[0], None, failureReason="ClientError: no")
    assert capturing.handler(event, context) == {"uri": None}
    assert cloud.keys("tool-wear/capture/") == []


@pytest.mark.parametrize("most", [3, None])
def test_what_is_gone_or_too_large_is_counted_as_lost(
    cloud: Cloud,
    context: Context,
    exchanged: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    most: int | None,
) -> None:
    if most:
        monkeypatch.setattr(capturing, "MOST_BYTES", most)
    else:
        cloud.client("s3").delete_object(Bucket=BUCKET, Key="tool-wear/requests/1")
    assert capturing.handler(told(*exchanged), context) == {"uri": None}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line]
    assert any(line.get("CaptureLost") == [1.0] and line["Tenant"] == "north" for line in lines)
    assert cloud.keys("tool-wear/capture/") == []


def test_another_tenants_object_is_refused(context: Context, exchanged: tuple[str, str]) -> None:
    with pytest.raises(ObjectRefused, match="in the tenant's own bucket"):
        capturing.handler(told("s3://terrace--south--1-x/1", exchanged[1]), context)


def test_an_endpoint_of_no_model_is_told(context: Context, exchanged: tuple[str, str]) -> None:
    event = told(
        *exchanged,
        requestParameters={"endpointName": "north--nobody", "inputLocation": exchanged[0]},
    )
    with pytest.raises(ModelNotDeployed, match="'nobody'"):
        capturing.handler(event, context)
