import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from lambdas.common.aws import client
from lambdas.smoke_test.answers import difference
from lambdas.smoke_test.asking import SmokeTestFailed
from lambdas.smoke_test.handler import handler

from .conftest import BUCKET, MODEL, Cloud, Context

ENDPOINT = "north--tool-wear"
REQUEST = "1.0,2.0\n3.0,4.0\n"
ANSWER = "worn,0.75\nunworn,0.25\n"


@pytest.fixture
def runtime(cloud: Cloud) -> Iterator[Stubber]:
    """The endpoint: moto's answers whatever it is asked, so its answers are scripted."""
    with Stubber(client("sagemaker-runtime")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def answers(runtime: Stubber, body: str) -> None:
    expected = {
        "EndpointName": ENDPOINT,
        "ContentType": "text/csv",
        "Accept": "text/csv",
        "Body": REQUEST.encode(),
    }
    stream = StreamingBody(io.BytesIO(body.encode()), len(body))
    runtime.add_response("invoke_endpoint", {"Body": stream}, expected)


def tried(cloud: Cloud, context: Context, **settings: Any) -> dict[str, int]:
    sample = {"content_type": "text/csv", "request": REQUEST, "response": ANSWER}
    uri = cloud.put("tool-wear/evaluations/0/sample.json", json.dumps(sample))
    cloud.deploy(**settings)
    event = {"model": MODEL, "endpoint_name": ENDPOINT, "sample_uri": uri}
    return dict(handler(event, context))


def queued(cloud: Cloud, runtime: Stubber) -> dict[str, str]:
    """Where the asynchronous endpoint says that it will write."""
    expected = {
        "EndpointName": ENDPOINT,
        "ContentType": "text/csv",
        "Accept": "text/csv",
        "InputLocation": ANY,
    }
    folder = f"s3://{BUCKET}/tool-wear"
    told = {
        "OutputLocation": f"{folder}/answers/1.out",
        "FailureLocation": f"{folder}/unanswered/1-error.out",
    }
    runtime.add_response("invoke_endpoint_async", {"InferenceId": "1", **told}, expected)
    return told


def test_an_endpoint_that_answers_as_its_model_did_passes(
    cloud: Cloud, context: Context, runtime: Stubber
) -> None:
    answers(runtime, "worn,0.7500000004\r\nunworn,0.25")
    assert tried(cloud, context) == {"requests": 1}


def test_another_label_fails_with_what_was_expected_and_got(
    cloud: Cloud, context: Context, runtime: Stubber
) -> None:
    answers(runtime, "worn,0.75\nworn,0.25\n")
    with pytest.raises(SmokeTestFailed, match=r"line 2: expected 'unworn,0\.25', got"):
        tried(cloud, context)


def test_an_endpoint_that_does_not_exist_is_told_plainly(
    cloud: Cloud, context: Context, runtime: Stubber
) -> None:
    runtime.add_client_error(
        "invoke_endpoint", "ValidationError", f"Endpoint {ENDPOINT} of account 1 not found."
    )
    with pytest.raises(SmokeTestFailed, match="'north--tool-wear' does not exist"):
        tried(cloud, context)


def test_an_endpoint_that_fails_is_told_with_its_error(
    cloud: Cloud, context: Context, runtime: Stubber
) -> None:
    runtime.add_client_error("invoke_endpoint", "ModelError", "Received server error (500)")
    with pytest.raises(SmokeTestFailed, match=r"ModelError.*server error \(500\)"):
        tried(cloud, context)


def test_an_asynchronous_endpoint_is_asked_by_way_of_the_bucket(
    cloud: Cloud, context: Context, runtime: Stubber
) -> None:
    queued(cloud, runtime)
    cloud.put("tool-wear/answers/1.out", ANSWER)
    assert tried(cloud, context, endpoint={"kind": "asynchronous"}) == {"requests": 1}
    (key,) = cloud.keys("tool-wear/requests/")
    assert key.startswith("tool-wear/requests/smoke-test/")
    assert cloud.get(f"s3://{BUCKET}/{key}") == REQUEST.encode()


def test_what_an_asynchronous_endpoint_could_not_answer_is_told(
    cloud: Cloud, context: Context, runtime: Stubber
) -> None:
    queued(cloud, runtime)
    cloud.put("tool-wear/unanswered/1-error.out", "ClientError: no such column")
    with pytest.raises(SmokeTestFailed, match="no such column"):
        tried(cloud, context, endpoint={"kind": "asynchronous"})


def test_an_answer_that_does_not_come_in_time_is_a_failure(
    cloud: Cloud, context: Context, runtime: Stubber
) -> None:
    queued(cloud, runtime)
    with pytest.raises(SmokeTestFailed, match="it waits behind what others have asked"):
        tried(cloud, context, endpoint={"kind": "asynchronous"})


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("1,2\n", "1,2"),
        ("0.1,x\n", "0.1000000001,x\n"),
        ("1000000", "1000000.5"),
        ("nan", "nan"),
    ],
)
def test_answers_that_agree(expected: str, got: str) -> None:
    assert difference(expected, got, "text/csv") is None


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("1\n2\n", "1\n"),
        ("1\n", "1\n2\n"),
        ("1,2", "1"),
        ("0.1", "0.10001"),
        ("worn", "Worn"),
        ("0.5", "worn"),
        ("0.5", ""),
    ],
)
def test_answers_that_differ(expected: str, got: str) -> None:
    assert difference(expected, got, "text/csv; charset=utf-8") is not None


def test_json_answers_are_compared_value_by_value() -> None:
    expected = '{"predictions": [{"label": "worn", "score": 0.75}]}'
    near = '{"predictions":[{"score":0.7500000001,"label":"worn"}]}'
    far = '{"predictions": [{"label": "worn", "score": 0.7}]}'

    assert difference(expected, near, "application/json") is None
    assert (
        difference(expected, far, "application/json")
        == "$.predictions[0].score: expected 0.75, got 0.7"
    )
    assert difference(expected, '{"predictions": []}', "application/json") is not None
    assert difference(expected, "<html>", "application/json") is not None


@pytest.fixture
def functions(cloud: Cloud) -> Iterator[Stubber]:
    """The function that serves the model, with scripted answers."""
    with Stubber(client("lambda")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def asked(functions: Stubber, answer: object, **more: str) -> None:
    headers = {"Content-Type": "text/csv", "Accept": "text/csv"}
    expected = {
        "FunctionName": "terrace--north--serve--tool-wear",
        "Qualifier": "live",
        "Payload": json.dumps({"headers": headers, "body": REQUEST}).encode(),
    }
    body = json.dumps(answer).encode()
    stream = StreamingBody(io.BytesIO(body), len(body))
    functions.add_response("invoke", {"Payload": stream, **more}, expected)


def through_function(cloud: Cloud, context: Context) -> dict[str, int]:
    sample = {"content_type": "text/csv", "request": REQUEST, "response": ANSWER}
    uri = cloud.put("tool-wear/evaluations/0/sample.json", json.dumps(sample))
    cloud.deploy(endpoint={"kind": "lambda"})
    event = {"model": MODEL, "endpoint_name": ENDPOINT, "sample_uri": uri}
    return dict(handler(event, context))


def test_a_function_that_answers_as_its_model_did_passes(
    cloud: Cloud, context: Context, functions: Stubber
) -> None:
    asked(functions, {"statusCode": 200, "body": ANSWER})
    assert through_function(cloud, context) == {"requests": 1}


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        ({"statusCode": 503, "body": "no version"}, {}),
        ({"errorMessage": "no model"}, {"FunctionError": "Unhandled"}),
    ],
)
def test_a_function_that_fails_is_told_with_its_error(
    cloud: Cloud, context: Context, functions: Stubber, answer: object, more: dict[str, str]
) -> None:
    asked(functions, answer, **more)
    with pytest.raises(SmokeTestFailed, match="answered the sample with an error"):
        through_function(cloud, context)
