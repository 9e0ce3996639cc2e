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
from terrace.models import opened
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
        NoModelFile: The version's artifact holds no model that a function can run.
        UnusableModel: The model cannot be loaded.
    """
    if not told.endpoint:
        return _model(told)
    return Endpoint(told.endpoint, target=_artifact(told) if told.endpoint_is_shared else "")


def _artifact(told: ServingEnvironment) -> str:
    """What a multi-model endpoint calls the version: its artifact's key in the bucket."""
    approved = version(told.model_package_arn, told.tenant)
    return Objects(bucket=told.bucket).key(approved.artifact_uri)


def _model(told: ServingEnvironment) -> Scorer:
    approved = version(told.model_package_arn, told.tenant)
    with TemporaryDirectory() as folder:
        archive = Path(folder) / "model.tar.gz"
        got = Objects(bucket=told.bucket).download(approved.artifact_uri, archive)
        checked(approved, got.sha256)
        path = model_file(archive, approved.artifact_uri, Path(folder))
        return Scorer(opened(path))


def _words(error: ClientError) -> str:
    """What the container said of a request, out of the JSON that it may have put it into."""
    said = str(error.response.get("OriginalMessage", error))
    try:
        return str(json.loads(said)["error"])
    except (ValueError, KeyError, TypeError):
        return said


class Endpoint:
    """A SageMaker endpoint that captures nothing itself."""

    def __init__(self, name: str, *, target: str) -> None:
        """`target` is the model that is asked for where the endpoint has many."""
        self._name, self._target = name, target

    def respond(self, payload: Payload) -> Payload:
        """The endpoint's answer; its refusals are passed on with their status."""
        given = {"Accept": payload.accept, "TargetModel": self._target}
        try:
            answer = client("sagemaker-runtime").invoke_endpoint(
                EndpointName=self._name,
                ContentType=payload.content_type,
                Body=payload.body,
                **{name: value for name, value in given.items() if value},
            )
        except ClientError as error:
            status = int(error.response.get("OriginalStatusCode", 500))  # type: ignore[call-overload]
            if _THEIR_FAULT <= status < 500:
                raise RequestRefused(_words(error), status) from error
            raise
        return Payload(body=answer["Body"].read(), content_type=answer["ContentType"])
