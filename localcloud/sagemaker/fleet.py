"""What serves: one `serve` process a variant, which stands for all of the variant's instances."""

import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

import urllib3

from localcloud import access
from localcloud.containers import images
from localcloud.containers.run import Process
from localcloud.errors import LocalCloudError
from localcloud.lifecycle import free_port
from localcloud.sagemaker import objects
from localcloud.sagemaker.capture import Capture
from localcloud.sagemaker.cloud import PRINCIPAL, Cloud, Record
from localcloud.sagemaker.logs import LogStream
from localcloud.sagemaker.multi_model import Models
from localcloud.sagemaker.registry import container_of

_HEALTHY_SECONDS = 120
_INVOKE_SECONDS = 60
_DRAIN_SECONDS = 65
_POLL_SECONDS = 0.05
_TAIL = 20


class NotHealthy(LocalCloudError):
    """A container did not answer its health check."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a container answered."""

    status: int
    content_type: str
    custom_attributes: str
    body: bytes
    seconds: float


class Server:
    """The container of one variant."""

    def __init__(self, cloud: Cloud, endpoint: str, config: Record, variant: Record) -> None:
        """Starts it and waits until it is healthy.

        Raises:
            LocalCloudError: It cannot be started, or is not healthy in time.
        """
        self.variant: str = variant["VariantName"]
        self.config: str = config["EndpointConfigName"]
        model = cloud.get("Model", variant["ModelName"])
        container = model["PrimaryContainer"]
        if "ModelPackageName" in container:
            container = container_of(cloud, container["ModelPackageName"]) | container
        given = access.credentials(model["ExecutionRoleArn"], PRINCIPAL, "SageMaker")
        self._tail: deque[str] = deque(maxlen=_TAIL)
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        self._pool = urllib3.PoolManager(maxsize=64, retries=False)
        self.s3, self.sns = access.client("s3", given), access.client("sns", given)
        root = cloud.config.endpoints / endpoint / f"{self.variant}-{port}"
        folder = root / "opt/ml/model"
        several = container.get("Mode") == "MultiModel"
        uri = container.get("ModelDataUrl")
        self.models = Models(self.s3, uri, root / "opt/ml/models", self._call) if several else None
        if uri and not several:
            objects.download(self.s3, uri, root / "model.tar.gz")
            objects.unpack(root / "model.tar.gz", folder)
        self._log = LogStream(
            access.client("logs", given),
            f"/aws/sagemaker/Endpoints/{endpoint}",
            f"{self.variant}/i-{port:017x}",
        )
        capture = config.get("DataCaptureConfig", {})
        self.capture = (
            Capture(self.s3, capture, endpoint, self.variant)
            if capture.get("EnableCapture", bool(capture))
            else None
        )
        environment = given | {
            "SM_MODEL_DIR": str(folder),
            "SAGEMAKER_BIND_TO_PORT": str(port),
            **({"SAGEMAKER_MULTI_MODEL": "true"} if several else {}),
            **container.get("Environment", {}),
        }
        self._process = Process(images.find(container["Image"]), "serve", environment, self._line)
        try:
            limit = variant.get("ContainerStartupHealthCheckTimeoutInSeconds", _HEALTHY_SECONDS)
            self._await_health(limit)
        except BaseException:
            self.stop()
            raise

    def _line(self, line: str) -> None:
        self._tail.append(line)
        self._log.write(line)

    def _await_health(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process.returncode is not None:
                raise NotHealthy(f"{self._failed()} It ended with {self._process.returncode}.")
            try:
                if self._pool.request("GET", f"{self._url}/ping", timeout=2).status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(_POLL_SECONDS)
        raise NotHealthy(f"{self._failed()} No answer in {seconds:.0f} seconds.")

    def _failed(self) -> str:
        return (
            f"The primary container for production variant {self.variant} did not pass the ping "
            f"health check. Its last lines: {' | '.join(self._tail) or 'none'}."
        )

    def _call(self, method: str, path: str, body: bytes | None) -> urllib3.BaseHTTPResponse:
        """Asks the container for something that is not a request of a caller's."""
        given = {"Content-Type": "application/json", "Accept": "application/json"}
        return self._pool.request(
            method, f"{self._url}{path}", body=body, headers=given, timeout=_INVOKE_SECONDS
        )

    def invoke(
        self,
        body: bytes,
        headers: dict[str, str],
        *,
        path: str = "/invocations",
        seconds: float = _INVOKE_SECONDS,
    ) -> Reply:
        """Sends a request to the container, and waits for so long for the answer.

        Raises:
            HTTPError: The container gave no answer.
        """
        began = time.perf_counter()
        answer = self._pool.request(
            "POST",
            f"{self._url}{path}",
            body=body,
            headers=headers,
            timeout=seconds,
        )
        return Reply(
            status=answer.status,
            content_type=answer.headers.get("Content-Type", "application/octet-stream"),
            custom_attributes=answer.headers.get("X-Amzn-SageMaker-Custom-Attributes", ""),
            body=answer.data,
            seconds=time.perf_counter() - began,
        )

    def stop(self) -> None:
        """Stops the container; what was captured and logged is written."""
        self._process.stop()
        if self.capture:
            self.capture.close()
        self._log.close()


class Fleet:
    """The servers of all variants of one endpoint configuration."""

    def __init__(self, cloud: Cloud, endpoint: str, config: Record) -> None:
        """Starts every variant's server.

        Raises:
            LocalCloudError: One of them did not come up; the others are stopped again.
        """
        self._variants: list[Record] = list(config["ProductionVariants"])
        self._shadows: list[Record] = list(config.get("ShadowProductionVariants", []))
        self._servers: dict[str, Server] = {}
        self._busy = 0
        self._free = threading.Condition()
        try:
            for variant in self._variants + self._shadows:
                server = Server(cloud, endpoint, config, variant)
                self._servers[variant["VariantName"]] = server
        except BaseException:
            self._stop_servers()
            raise

    def choose(self, weights: dict[str, float], wanted: str = "") -> Server | None:
        """The variant asked for, or one drawn by weight; None where there is no such one."""
        if wanted:
            named = [v["VariantName"] for v in self._variants]
            return self._servers.get(wanted) if wanted in named else None
        # While variants come or go, weights may still be of the fleet before.
        names = [v["VariantName"] for v in self._variants if v["VariantName"] in weights]
        (name,) = random.choices(names, weights=[weights[name] for name in names])  # noqa: S311  # routing is no secret
        return self._servers[name]

    def shadows(self) -> list[Server]:
        """The shadow variants that this request is mirrored to."""
        total = sum(v.get("InitialVariantWeight", 1) for v in self._variants) or 1
        return [
            self._servers[shadow["VariantName"]]
            for shadow in self._shadows
            if random.random() < shadow.get("InitialVariantWeight", 1) / total  # noqa: S311
        ]

    def __enter__(self) -> "Fleet":
        """Counts a request in."""
        with self._free:
            self._busy += 1
        return self

    def __exit__(self, *_error: Any) -> None:
        """Counts it out."""
        with self._free:
            self._busy -= 1
            self._free.notify_all()

    def retire(self) -> None:
        """Lets the requests that are under way end, then stops every server."""
        with self._free:
            self._free.wait_for(lambda: not self._busy, timeout=_DRAIN_SECONDS)
        self._stop_servers()

    def _stop_servers(self) -> None:
        for server in self._servers.values():
            server.stop()
