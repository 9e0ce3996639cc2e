"""Parameters and answers in Step Functions' spelling, by AWS's own models."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import botocore.session
import pytest

from localcloud.integrations import shapes

SESSION = botocore.session.get_session()


def model(service: str, operation: str) -> Any:
    return SESSION.get_service_model(service).operation_model(operation)


def test_members_get_the_spelling_of_the_api() -> None:
    shape = model("stepfunctions", "StartExecution").input_shape
    given = {"StateMachineArn": "arn", "Input": {"a": 1}}
    assert shapes.request(given, shape, texts=True) == {
        "stateMachineArn": "arn",
        "input": '{"a": 1}',
    }


def test_a_member_that_the_api_does_not_have_is_left_for_botocore_to_tell() -> None:
    shape = model("ssm", "GetParameter").input_shape
    assert shapes.request({"Nmae": "x"}, shape, texts=False) == {"Nmae": "x"}


def test_json_becomes_text_in_lists_too() -> None:
    shape = model("events", "PutEvents").input_shape
    given = {"Entries": [{"Source": "s", "Detail": {"a": [1]}}]}
    assert shapes.request(given, shape, texts=True) == {
        "Entries": [{"Source": "s", "Detail": '{"a": [1]}'}]
    }


def test_only_optimized_integrations_take_json_for_text() -> None:
    shape = model("events", "PutEvents").input_shape
    given = {"Entries": [{"Detail": {"a": 1}}]}
    assert shapes.request(given, shape, texts=False) == given


def test_a_blob_takes_json() -> None:
    shape = model("lambda", "Invoke").input_shape
    assert shapes.request({"Payload": {"a": 1}}, shape, texts=False) == {"Payload": '{"a": 1}'}


def test_an_operation_without_parameters_gets_none() -> None:
    assert shapes.request({}, None, texts=False) == {}
    assert shapes.answer({"ResponseMetadata": {}}, None) == {}


def test_an_answer_has_pascal_case_and_iso_times() -> None:
    shape = model("stepfunctions", "StartExecution").output_shape
    started = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    answer = {"executionArn": "arn", "startDate": started, "ResponseMetadata": {"x": 1}}
    assert shapes.answer(answer, shape) == {
        "ExecutionArn": "arn",
        "StartDate": "2026-01-02T03:04:05.678Z",
    }


def test_the_keys_of_maps_stay_as_they_are() -> None:
    shape = model("dynamodb", "GetItem").output_shape
    item = {"Item": {"model": {"S": "a"}}}
    assert shapes.answer(item, shape) == item


@pytest.mark.parametrize(("content", "text"), [(b"text", "text"), (b"\xff\xfe", "//4=")])
def test_a_stream_is_read(content: bytes, text: str) -> None:
    shape = model("s3", "GetObject").output_shape
    assert shapes.answer({"Body": BytesIO(content)}, shape) == {"Body": text}
