"""Who answers: the model in this function, or the model's endpoint."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from botocore.exceptions import ClientError

from lambdas.common.artifact import model_file
from lambdas.common.aws import client
from lambdas.common.objects import Objects
from lambdas.common.registry import checked, version
from terrace.environment import ServingEnvironment
from terrace.onnx_model import OnnxModel
from terrace.serving.payload import Payload, RequestRefused
from terrace.serving.scorer import Scorer

_THEIR_FAULT = 400


class Backend(Protocol):
    """What answers a request."""

    def respond(self, payload: Payload, /) -> Payload:
        """The answer.

        Raises:
            RequestRefused: The request cannot be answered, by the fault of who sent it.
        """


def backend(told: ServingEnvironment) -> Backend:
    """The backend that the function was told of, ready.

    Raises:
        ChecksumMismatch: The model is no longer the one that was registered.
        NoModelFile: The version's artifact holds no model in ONNX.
        UnusableModel: The model cannot be loaded.
    """
    return Endpoint(told.endpoint) if told.endpoint else _model(told)


def _model(told: ServingEnvironment) -> Scorer:
    approved = version(told.model_package_arn, told.tenant)
    with TemporaryDirectory() as folder:
        archive = Path(folder) / "model.tar.gz"
        got = Objects(bucket=told.bucket).download(approved.artifact_uri, archive)
        checked(approved, got.sha256)
        path = model_file(archive, approved.artifact_uri, Path(folder))
        return Scorer(OnnxModel(path.read_bytes()))


def _words(error: ClientError) -> str:
    """What the container said of a request, out of the JSON that it may have put it into."""
    said = str(error.response.get("OriginalMessage", error))
    try:
        return str(json.loads(said)["error"])
    except (ValueError, KeyError, TypeError):
        return said


class Endpoint:
    """A SageMaker endpoint that captures nothing itself."""

    def __init__(self, name: str) -> None:
        self._name = name

    def respond(self, payload: Payload) -> Payload:
        """The endpoint's answer; its refusals are passed on with their status."""
        accept = {"Accept": payload.accept} if payload.accept else {}
        try:
            answer = client("sagemaker-runtime").invoke_endpoint(
                EndpointName=self._name,
                ContentType=payload.content_type,
                Body=payload.body,
                **accept,
            )
        except ClientError as error:
            status = int(error.response.get("OriginalStatusCode", 500))  # type: ignore[call-overload]
            if _THEIR_FAULT <= status < 500:
                raise RequestRefused(_words(error), status) from error
            raise
        return Payload(body=answer["Body"].read(), content_type=answer["ContentType"])
