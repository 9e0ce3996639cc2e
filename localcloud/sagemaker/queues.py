"""The queues of asynchronous endpoints, and the threads that take requests out of them.

They do as long as the endpoint's variant has an instance; how many that are changes nothing.
"""

import json
import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from localcloud import clock
from localcloud.hooks.services import Answer
from localcloud.sagemaker import objects
from localcloud.sagemaker.cloud import Cloud, Record
from localcloud.sagemaker.errors import SageMakerError, invalid
from localcloud.sagemaker.figures import Figures
from localcloud.sagemaker.fleet import Server
from localcloud.sagemaker.inference import Request, answered

_AT_ONCE = 4  # where the configuration does not say
_TTL_SECONDS, _TIMEOUT_SECONDS = 21_600, 900  # where the request does not
_GAUGE_SECONDS, _SHORTEST_SECONDS, _LOOK_SECONDS = 20.0, 0.25, 0.05
_OWN = "x-amzn-sagemaker-"
_PASSED_ON = {
    "content-type": "Content-Type",
    "accept": "Accept",
    "custom-attributes": "X-Amzn-SageMaker-Custom-Attributes",
    "inference-id": "X-Amzn-SageMaker-Inference-Id",
}
_log = logging.getLogger("localcloud")
# The server that an endpoint's next request goes to.
Choose = Callable[[str], AbstractContextManager[Server]]


class Queues:
    """All queues, by endpoint."""

    def __init__(self, cloud: Cloud, figures: Figures, choose: Choose) -> None:
        self._cloud, self._figures, self._choose = cloud, figures, choose
        self._queues: dict[str, _Queue] = {}
        threading.Thread(target=self._measure_often, daemon=True).start()

    def put(self, endpoint: str, headers: Mapping[str, str]) -> Answer:
        """Takes a request in, and says where its answer will be.

        Raises:
            SageMakerError: The endpoint is not asynchronous, or no input is named.
        """
        config = asynchronous(self._cloud, endpoint)
        if config is None:
            raise invalid(f"Endpoint {endpoint} is no asynchronous endpoint: use InvokeEndpoint.")
        request = _request(endpoint, headers, config["OutputConfig"], self._cloud.config.region)
        self._of(endpoint, config).put(request)
        answer = {
            "Content-Type": "application/json",
            "X-Amzn-SageMaker-OutputLocation": request.output_location,
            "X-Amzn-SageMaker-FailureLocation": request.failure_location,
        }
        return 202, answer, json.dumps({"InferenceId": request.inference_id}).encode()

    def _of(self, endpoint: str, config: Record) -> "_Queue":
        with self._cloud.lock:
            if endpoint not in self._queues:
                made = self._queues[endpoint] = _Queue(endpoint)
                client = config.get("ClientConfig", {})
                for _ in range(client.get("MaxConcurrentInvocationsPerInstance", _AT_ONCE)):
                    threading.Thread(target=self._work, args=(made,), daemon=True).start()
            return self._queues[endpoint]

    def _work(self, mine: "_Queue") -> None:
        while (instances := self._instances(mine.endpoint)) is not None:
            with mine.taken(instances) as request:
                if request is None:
                    time.sleep(_LOOK_SECONDS)
                    continue
                try:
                    self._answer(request)
                except Exception:
                    _log.exception("a request to %s was lost", mine.endpoint)

    def _answer(self, request: Request) -> None:
        config = asynchronous(self._cloud, request.endpoint) or {}
        with self._choose(request.endpoint) as server:
            measured = answered(server, request, config["OutputConfig"])
        self._figures.observe(request.endpoint, server.variant, server.config, **measured)

    def _instances(self, endpoint: str) -> int | None:
        """How many there are; None where there is no such endpoint any more."""
        try:
            record = self._cloud.get("Endpoint", endpoint)
        except SageMakerError:
            self._queues.pop(endpoint, None)
            return None
        variants: list[Record] = record.get("ProductionVariants", [])
        return sum(int(variant.get("CurrentInstanceCount", 0)) for variant in variants)

    def _measure_often(self) -> None:
        while True:
            time.sleep(max(clock.wall_seconds(_GAUGE_SECONDS), _SHORTEST_SECONDS))
            for mine in list(self._queues.values()):
                instances = self._instances(mine.endpoint)
                if instances is not None:
                    self._figures.observe_endpoint(mine.endpoint, **mine.measured(instances))


class _Queue:
    """What waits for one endpoint, and what is worked on."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._waiting: deque[Request] = deque()
        self._working: list[Request] = []
        self._lock = threading.Lock()

    def put(self, request: Request) -> None:
        """One more."""
        with self._lock:
            self._waiting.append(request)

    @contextmanager
    def taken(self, instances: int) -> Iterator[Request | None]:
        """The request that has waited longest, where one waits and something can work on it."""
        with self._lock:
            request = self._waiting.popleft() if self._waiting and instances else None
            self._working += [request] if request else []
        try:
            yield request
        finally:
            with self._lock:
                self._working = [one for one in self._working if one is not request]

    def measured(self, instances: int) -> dict[str, float]:
        """The metrics that are the endpoint's as a whole."""
        with self._lock:
            requests = [*self._working, *self._waiting]
        told = {
            "ApproximateBacklogSize": float(len(requests)),
            "ApproximateAgeOfOldestRequest": max((one.age for one in requests), default=0.0),
            "HasBacklogWithoutCapacity": float(bool(requests) and not instances),
        }
        shared = {"ApproximateBacklogSizePerInstance": len(requests) / max(1, instances)}
        return told | (shared if instances else {})


def asynchronous(cloud: Cloud, endpoint: str) -> Record | None:
    """The configuration of an endpoint's asynchronous inference, where it is asynchronous."""
    record = cloud.get("Endpoint", endpoint)
    config: Record = cloud.get("EndpointConfig", record["EndpointConfigName"])
    return config.get("AsyncInferenceConfig")


def _request(endpoint: str, headers: Mapping[str, str], output: Record, region: str) -> Request:
    told = {name.removeprefix(_OWN): value for name, value in headers.items()}
    objects.parsed(told.get("inputlocation", ""))
    name, answers = uuid.uuid4(), output["S3OutputPath"].rstrip("/")
    failures = output.get("S3FailurePath", answers).rstrip("/")
    return Request(
        region=region,
        endpoint=endpoint,
        inference_id=told.get("inference-id") or str(uuid.uuid4()),
        headers={own: told[name] for name, own in _PASSED_ON.items() if name in told},
        input_location=told["inputlocation"],
        output_location=f"{answers}/{name}.out",
        failure_location=f"{failures}/{name}-error.out",
        ttl=float(told.get("requestttlseconds", _TTL_SECONDS)),
        timeout=float(told.get("invocationtimeoutseconds", _TIMEOUT_SECONDS)),
    )
