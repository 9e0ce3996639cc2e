"""The function that serves a model: answers, captures, and says what is wrong."""

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from lambdas.common.aws import client
from lambdas.common.registry import ChecksumMismatch
from lambdas.serve import capturing
from lambdas.serve import handler as serving
from terrace.environment import ServingEnvironment
from tests.unit.serving import models

from .conftest import BUCKET, IMAGE, Cloud, Context

STREAM = "terrace--north--tool-wear"
LITERT = Path(__file__).parents[2] / "data" / "litert"
Told = Any


@pytest.fixture
def told(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Sets the function's environment, with what it is to differ in; forgets what was cached."""

    def tell(**given: str) -> None:
        cloud_told = ServingEnvironment(
            **{
                "tenant": "north",
                "model": "tool-wear",
                "bucket": BUCKET,
                "model_package_arn": "none",
                "endpoint": "",
                "endpoint_is_shared": False,
                "delivery_stream": STREAM,
                "sampling_percentage": 100,
            }
            | given
        )
        for name in list(serving.os.environ):
            if name.startswith("TERRACE_"):
                monkeypatch.delenv(name)
        for name, value in cloud_told.dump().items():
            monkeypatch.setenv(name, value)
        for kept in (serving._told, serving._backend, serving._capturing):
            kept.cache_clear()

    yield tell
    for kept in (serving._told, serving._backend, serving._capturing):
        kept.cache_clear()


def registered(cloud: Cloud, model: bytes, checksum: str | None = None) -> str:
    """A version whose artifact holds a model in ONNX; its ARN."""
    return of_files(cloud, {"model.onnx": model}, checksum)


def of_files(cloud: Cloud, files: dict[str, bytes], checksum: str | None = None) -> str:
    """A version whose artifact holds these files; its ARN."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    uri = cloud.put("tool-wear/training/jobs/1/model.tar.gz", packed.getvalue())
    digest = checksum or hashlib.sha256(packed.getvalue()).hexdigest()
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="north--tool-wear")
    return str(
        sagemaker.create_model_package(
            ModelPackageGroupName="north--tool-wear",
            InferenceSpecification={
                "Containers": [{"Image": IMAGE, "ModelDataUrl": uri}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            CustomerMetadataProperties={"artifact_sha256": digest},
        )["ModelPackageArn"]
    )


def stream(cloud: Cloud) -> None:
    role = cloud.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument="{}")
    cloud.client("firehose").create_delivery_stream(
        DeliveryStreamName=STREAM,
        S3DestinationConfiguration={
            "RoleARN": role["Role"]["Arn"],
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "Prefix": "tool-wear/capture/north--tool-wear/AllTraffic/",
        },
    )


def csv_of(body: str, **headers: str) -> dict[str, Any]:
    return {"headers": {"content-type": "text/csv"} | headers, "body": body}


def onnx() -> bytes:
    return models.two_classes_file()


def captured(cloud: Cloud) -> list[dict[str, Any]]:
    keys = cloud.keys("tool-wear/capture/")
    return [json.loads(cloud.get(f"s3://{BUCKET}/{key}")) for key in keys]


def test_before_a_version_is_approved_it_says_so(told: Told, context: Context) -> None:
    told()
    answer = serving.handler(csv_of("1,2"), context)
    assert answer["statusCode"] == 503
    assert "no version of tool-wear is approved yet" in answer["body"]


def test_a_record_that_is_too_large_for_the_stream_is_an_object_of_its_own(
    cloud: Cloud, told: Told, context: Context
) -> None:
    stream(cloud)
    told(model_package_arn=registered(cloud, onnx()))
    rows = 200_000
    answer = serving.handler(csv_of("1,2\n" * rows), context)
    assert answer["statusCode"] == 200
    (key,) = cloud.keys("tool-wear/capture/")
    assert key.startswith("tool-wear/capture/north--tool-wear/AllTraffic/")
    assert key.endswith(f"-{context.aws_request_id}.jsonl")
    record = json.loads(cloud.get(f"s3://{BUCKET}/{key}"))
    assert record["captureData"]["endpointInput"]["data"].count("\n") == rows


def test_a_record_as_large_as_the_stream_takes_goes_through_the_stream(
    cloud: Cloud, told: Told, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream(cloud)
    told(model_package_arn=registered(cloud, onnx()))
    serving.handler(csv_of("1,2"), context)
    (through_stream,) = cloud.keys("tool-wear/capture/")
    size = len(cloud.get(f"s3://{BUCKET}/{through_stream}"))
    monkeypatch.setattr(capturing, "MAX_RECORD_BYTES", size)
    serving.handler(csv_of("1,2"), context)
    monkeypatch.setattr(capturing, "MAX_RECORD_BYTES", size - 1)
    serving.handler(csv_of("1,2"), context)
    own = [key for key in cloud.keys("tool-wear/capture/") if key.endswith(".jsonl")]
    assert len(own) == 1


def test_a_request_is_answered_and_captured_in_sagemakers_format(
    cloud: Cloud, told: Told, context: Context
) -> None:
    stream(cloud)
    told(model_package_arn=registered(cloud, onnx()))
    named = {
        "X-Amzn-SageMaker-Inference-Id": "order-7",
        "X-Amzn-SageMaker-Custom-Attributes": "shop=3",
    }

    answer = serving.handler(csv_of("4.0,0.0", **named), context)

    assert (answer["statusCode"], answer["headers"]) == (200, {"Content-Type": "text/csv"})
    label, score = answer["body"].strip().split(",")
    assert (label, float(score) > 0.5) == ("pear", True)
    (record,) = captured(cloud)
    assert record["captureData"]["endpointInput"] == {
        "observedContentType": "text/csv",
        "mode": "INPUT",
        "data": "4.0,0.0",
        "encoding": "CSV",
    }
    assert record["captureData"]["endpointOutput"]["data"] == answer["body"]
    metadata = record["eventMetadata"]
    assert (metadata["eventId"], metadata["inferenceId"]) == ("request-1", "order-7")
    assert metadata["customAttributes"] == ["shop=3"]


def test_a_body_in_base64_is_read(cloud: Cloud, told: Told, context: Context) -> None:
    stream(cloud)
    told(model_package_arn=registered(cloud, onnx()))
    event = csv_of(base64.b64encode(b"4.0,0.0").decode()) | {"isBase64Encoded": True}
    assert serving.handler(event, context)["statusCode"] == 200


def test_what_is_wrong_with_a_request_is_told_and_not_captured(
    cloud: Cloud, told: Told, context: Context
) -> None:
    stream(cloud)
    told(model_package_arn=registered(cloud, onnx()))
    answer = serving.handler(csv_of("1,2,3"), context)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"]) == {"error": "row 1 has 3 columns; expected 2"}
    assert captured(cloud) == []


def test_nothing_is_captured_beyond_the_share(cloud: Cloud, told: Told, context: Context) -> None:
    stream(cloud)
    told(model_package_arn=registered(cloud, onnx()), sampling_percentage="0")
    assert serving.handler(csv_of("4.0,0.0"), context)["statusCode"] == 200
    assert captured(cloud) == []


def test_a_request_is_answered_where_capturing_fails_and_that_is_counted(
    cloud: Cloud, told: Told, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    told(model_package_arn=registered(cloud, onnx()))  # and there is no stream
    assert serving.handler(csv_of("4.0,0.0"), context)["statusCode"] == 200
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "{" in line]
    (metric,) = [line for line in lines if "_aws" in line]
    assert (metric["CaptureLost"], metric["Tenant"], metric["Model"]) == (
        [1.0],
        "north",
        "tool-wear",
    )


def test_a_model_that_was_changed_after_its_registration_answers_nobody(
    cloud: Cloud, told: Told, context: Context
) -> None:
    told(model_package_arn=registered(cloud, onnx(), checksum="0" * 64))
    with pytest.raises(ChecksumMismatch, match="do not deploy it"):
        serving.handler(csv_of("4.0,0.0"), context)


def test_a_model_in_litert_answers_with_its_labels(
    cloud: Cloud, told: Told, context: Context
) -> None:
    stream(cloud)
    files = {"labels.txt": b"unworn\nworn\n", "m/wear.tflite": (LITERT / "two.tflite").read_bytes()}
    told(model_package_arn=of_files(cloud, files))
    answer = serving.handler(csv_of("0,1\n1,0\n"), context)
    assert answer["body"] == "worn,0.53203\nunworn,0.37411\n"


def test_an_endpoint_answers_where_there_is_one(cloud: Cloud, told: Told, context: Context) -> None:
    stream(cloud)
    told(model_package_arn="arn", endpoint="north--tool-wear")
    with Stubber(client("sagemaker-runtime")) as runtime:
        body = StreamingBody(io.BytesIO(b"worn,0.9\n"), 9)
        asked = {"EndpointName": "north--tool-wear", "ContentType": "text/csv", "Body": b"1,2"}
        runtime.add_response("invoke_endpoint", {"Body": body, "ContentType": "text/csv"}, asked)
        answer = serving.handler(csv_of("1,2"), context)
    assert answer["body"] == "worn,0.9\n"
    assert captured(cloud)[0]["captureData"]["endpointInput"]["data"] == "1,2"


def test_of_an_endpoint_with_many_models_the_versions_artifact_is_asked(
    cloud: Cloud, told: Told, context: Context
) -> None:
    stream(cloud)
    arn = registered(cloud, b"any")
    told(model_package_arn=arn, endpoint="north--shared", endpoint_is_shared="True")
    with Stubber(client("sagemaker-runtime")) as runtime:
        body = StreamingBody(io.BytesIO(b"worn,0.9\n"), 9)
        asked = {
            "EndpointName": "north--shared",
            "ContentType": "text/csv",
            "Body": b"1,2",
            "TargetModel": "tool-wear/training/jobs/1/model.tar.gz",
        }
        runtime.add_response("invoke_endpoint", {"Body": body, "ContentType": "text/csv"}, asked)
        answer = serving.handler(csv_of("1,2"), context)
    assert answer["body"] == "worn,0.9\n"


@pytest.mark.parametrize("status", [400, 500])
def test_an_endpoints_refusal_is_passed_on_and_its_failure_is_a_failure(
    cloud: Cloud, told: Told, context: Context, status: int
) -> None:
    told(model_package_arn="arn", endpoint="north--tool-wear")
    with Stubber(client("sagemaker-runtime")) as runtime:
        runtime.add_client_error(
            "invoke_endpoint",
            service_error_code="ModelError",
            response_meta=None,
            modeled_fields={
                "OriginalStatusCode": status,
                "OriginalMessage": '{"error": "no such column"}',
            },
        )
        if status == 500:
            with pytest.raises(runtime.client.exceptions.ModelError):
                serving.handler(csv_of("1,2"), context)
        else:
            answer = serving.handler(csv_of("1,2"), context)
            assert (answer["statusCode"], json.loads(answer["body"])) == (
                400,
                {"error": "no such column"},
            )
