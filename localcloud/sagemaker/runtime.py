"""SageMaker's runtime: a request goes to a variant, its answer back, and both into capture."""

import asyncio
import json
import random
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import urllib3

from localcloud.hooks import identity
from localcloud.hooks.services import Answer, Handler
from localcloud.json_api import refusal
from localcloud.sagemaker.capture import Exchange
from localcloud.sagemaker.cloud import Cloud, Record, now
from localcloud.sagemaker.errors import SageMakerError, denied, invalid
from localcloud.sagemaker.figures import Figures
from localcloud.sagemaker.fleet import Fleet, Reply, Server
from localcloud.sagemaker.queues import Queues, asynchronous

_PATH = re.compile(r"^/endpoints/([^/]+)/(invocations|async-invocations)$")
_PASSED_ON = {
    "content-type": "Content-Type",
    "accept": "Accept",
    "x-amzn-sagemaker-custom-attributes": "X-Amzn-SageMaker-Custom-Attributes",
    "x-amzn-sagemaker-inference-id": "X-Amzn-SageMaker-Inference-Id",
    "x-amzn-sagemaker-target-model": "X-Amzn-SageMaker-Target-Model",
}


class ModelError(SageMakerError):
    """The container answered with an error."""

    status = 424

    def __init__(self, reply: Reply, variant: str) -> None:
        self.reply = reply
        text = reply.body.decode(errors="replace")
        super().__init__(
            "ModelError",
            f"Received client error ({reply.status}) from {variant} with message {text!r}."
            if reply.status < 500
            else f"Received server error ({reply.status}) from {variant} with message {text!r}.",
        )


def beside(cloud: Cloud, control_plane: Handler) -> Handler:
    """Serves InvokeEndpoint and InvokeEndpointAsync; the control plane gets everything else."""
    runtime = Runtime(cloud)

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Answer:
        found = _PATH.match(path)
        if not found:
            return await control_plane(method, path, headers, body, query)
        name = unquote(found.group(1))
        try:
            arn = cloud.arn("Endpoint", name)
            queued = found.group(2) == "async-invocations"
            action = f"sagemaker:InvokeEndpoint{'Async' if queued else ''}"
            if refused := identity.denial(headers, action, arn):
                raise denied(refused)
            if queued:
                return runtime.enqueue(name, headers)
            return await asyncio.to_thread(runtime.invoke, name, headers, body)
        except ModelError as error:
            return _model_error(error)
        except SageMakerError as error:
            return refusal(error)

    return handle


class Runtime:
    """Routes requests to the servers of endpoints."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._figures = Figures(cloud)
        self._queues = Queues(cloud, self._figures, self._server)

    def invoke(self, name: str, headers: dict[str, str], body: bytes) -> Answer:
        """One request.

        Raises:
            SageMakerError: There is no such endpoint or variant, or the container failed.
        """
        began = time.perf_counter()
        wanted = headers.get("x-amzn-sagemaker-target-variant", "")
        with self._chosen(name, wanted) as (fleet, server):
            if asynchronous(self._cloud, name):
                raise invalid(f"Endpoint {name} is asynchronous: use InvokeEndpointAsync.")
            reply = self._asked(name, server, headers, body, began)
            for shadow in fleet.shadows():
                self._mirror(name, shadow, headers, body)
        if reply.status >= 400:
            raise ModelError(reply, server.variant)
        answer = {
            "Content-Type": reply.content_type,
            "x-Amzn-Invoked-Production-Variant": server.variant,
        }
        if reply.custom_attributes:
            answer["X-Amzn-SageMaker-Custom-Attributes"] = reply.custom_attributes
        return 200, answer, reply.body

    def enqueue(self, name: str, headers: dict[str, str]) -> Answer:
        """One request to an asynchronous endpoint.

        Raises:
            SageMakerError: There is no such endpoint, or it is not asynchronous.
        """
        self._endpoint(name)
        return self._queues.put(name, headers)

    @contextmanager
    def _chosen(self, name: str, wanted: str = "") -> Iterator[tuple[Fleet, Server]]:
        """The fleet and the server of one request, by the shares of the traffic."""
        record = self._endpoint(name)
        weights = {v["VariantName"]: v["CurrentWeight"] for v in record["ProductionVariants"]}
        with _drawn(record["fleets"]) as fleet:
            server = fleet.choose(weights, wanted)
            if server is None:
                raise SageMakerError("ValidationError", f"Variant {wanted} not found in {name}.")
            yield fleet, server

    @contextmanager
    def _server(self, name: str) -> Iterator[Server]:
        with self._chosen(name) as (_, server):
            yield server

    def _endpoint(self, name: str) -> Record:
        try:
            record = self._cloud.get("Endpoint", name)
        except SageMakerError:
            record = {}
        if not record.get("fleets"):
            account = self._cloud.config.account
            raise SageMakerError(
                "ValidationError", f"Endpoint {name} of account {account} not found."
            )
        return record

    def _asked(
        self, endpoint: str, server: Server, headers: dict[str, str], body: bytes, began: float
    ) -> Reply:
        passed = {own: headers[name] for name, own in _PASSED_ON.items() if name in headers}
        at = now()
        path = "/invocations"
        if server.models:
            path = server.models.path(headers.get("x-amzn-sagemaker-target-model", ""))
        try:
            reply = server.invoke(body, passed, path=path)
        except urllib3.exceptions.HTTPError as error:
            told = f"the container gave no answer: {error}".encode()
            reply = Reply(
                status=500,
                content_type="text/plain",
                custom_attributes="",
                body=told,
                seconds=time.perf_counter() - began,
            )
        overhead = time.perf_counter() - began - reply.seconds
        self._figures.observe(
            endpoint,
            server.variant,
            server.config,
            Invocations=1,
            InvocationsPerInstance=1,
            Invocation4XXErrors=float(400 <= reply.status < 500),
            Invocation5XXErrors=float(reply.status >= 500),
            ModelLatency=reply.seconds * 1e6,
            OverheadLatency=overhead * 1e6,
        )
        if server.capture and reply.status < 400:
            server.capture.take(
                Exchange(
                    event_id=str(uuid.uuid4()),
                    at=at,
                    request_type=headers.get("content-type", "application/octet-stream"),
                    request=body,
                    response_type=reply.content_type,
                    response=reply.body,
                    inference_id=headers.get("x-amzn-sagemaker-inference-id", ""),
                    custom_attributes=headers.get("x-amzn-sagemaker-custom-attributes", ""),
                )
            )
        return reply

    def _mirror(self, endpoint: str, shadow: Server, headers: dict[str, str], body: bytes) -> None:
        arguments = (endpoint, shadow, headers, body, time.perf_counter())
        threading.Thread(target=self._asked, args=arguments, daemon=True).start()


def _drawn(fleets: list[tuple[Fleet, float]]) -> Fleet:
    (fleet,) = random.choices(  # noqa: S311  # routing is no secret
        [fleet for fleet, _ in fleets], weights=[share for _, share in fleets]
    )
    return fleet


def _model_error(error: ModelError) -> Answer:
    body = {
        "message": str(error),
        "Message": str(error),
        "ErrorCode": "CLIENT_ERROR_FROM_MODEL"
        if error.reply.status < 500
        else "INTERNAL_FAILURE_FROM_MODEL",
        "OriginalStatusCode": error.reply.status,
        "OriginalMessage": error.reply.body.decode(errors="replace"),
    }
    headers = {"Content-Type": "application/json", "x-amzn-errortype": "ModelError"}
    return error.status, headers, json.dumps(body).encode()
