"""MLflow tracking servers: a real `mlflow server` each, and SageMaker's own door to it.

On AWS a request is signed for `sagemaker-mlflow`, names the server in a header, and IAM is asked
for an action of its own. Here it goes on to the server's process, which can be opened in a browser
too, by its `TrackingServerUrl`.
"""

import asyncio
from typing import Any
from urllib.parse import urlencode

import urllib3

from localcloud.hooks import identity
from localcloud.hooks.services import Answer, Handler
from localcloud.json_api import Operation, refusal
from localcloud.sagemaker.cloud import Cloud, Record
from localcloud.sagemaker.errors import SageMakerError, denied, invalid
from localcloud.sagemaker.listing import page
from localcloud.sagemaker.mlflow_process import MlflowProcess

SERVICE = "sagemaker-mlflow"

_HEADER = "x-mlflow-sm-tracking-server-arn"
_API = "/api/2.0/mlflow/"
# What IAM is asked for, by method and path.
_ACTIONS = {
    ("GET", "experiments/get-by-name"): "GetExperimentByName",
    ("POST", "experiments/create"): "CreateExperiment",
    ("POST", "runs/create"): "CreateRun",
    ("GET", "runs/get"): "GetRun",
    ("POST", "runs/log-batch"): "LogBatch",
    ("POST", "runs/search"): "SearchRuns",
    ("POST", "runs/update"): "UpdateRun",
}
_SECONDS = 60.0


class Tracking:
    """The servers, by name."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._processes: dict[str, MlflowProcess] = {}
        self._pool = urllib3.PoolManager()

    def operations(self) -> dict[str, Operation]:
        """The operations on servers."""
        kind, name = "MlflowTrackingServer", "TrackingServerName"
        return {
            f"Create{kind}": self._create,
            f"Describe{kind}": lambda r: self._cloud.get(kind, r[name]),
            f"Delete{kind}": self._delete,
            f"List{kind}s": lambda r: page(
                self._cloud.all(kind), r, name=name, answer="TrackingServerSummaries"
            ),
        }

    def _create(self, request: Record) -> Record:
        name = request["TrackingServerName"]
        record = {k: v for k, v in request.items() if k != "Tags"}
        process = MlflowProcess(self._cloud.config.folder / "mlflow" / name)
        record |= {"TrackingServerStatus": "Created", "TrackingServerUrl": process.url}
        added = self._cloud.add("MlflowTrackingServer", name, record, request.get("Tags", []))
        added["TrackingServerArn"] = added["MlflowTrackingServerArn"]
        self._processes[name] = process
        process.start()
        return added

    def _delete(self, request: Record) -> Record:
        name = request["TrackingServerName"]
        arn = str(self._cloud.get("MlflowTrackingServer", name)["TrackingServerArn"])
        self._cloud.remove("MlflowTrackingServer", name)
        self._processes.pop(name).stop()
        return {"TrackingServerArn": arn}

    def door(self) -> Handler:
        """Serves what is signed for `sagemaker-mlflow`."""

        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> Answer:
            try:
                name = self._allowed(method, path, headers)
            except SageMakerError as error:
                return refusal(error)
            asked = f"{path}?{urlencode(query, doseq=True)}" if query else path
            return await asyncio.to_thread(self._passed_on, name, method, asked, body)

        return handle

    def _allowed(self, method: str, path: str, headers: dict[str, str]) -> str:
        arn = headers.get(_HEADER, "")
        action = _ACTIONS.get((method, path.removeprefix(_API)))
        if action is None:
            raise invalid(
                f"The embedded cloud's door to MLflow does not know {method} {path}; ask the "
                "server itself, at its TrackingServerUrl, or add it in localcloud/sagemaker."
            )
        if refused := identity.denial(headers, f"{SERVICE}:{action}", arn):
            raise denied(refused)
        return str(self._cloud.get("MlflowTrackingServer", arn)["TrackingServerName"])

    def _passed_on(self, name: str, method: str, path: str, body: bytes) -> Answer:
        url = f"{self._processes[name].awaited()}{path}"
        sent = {"Content-Type": "application/json"}
        answer = self._pool.request(method, url, body=body or None, headers=sent, timeout=_SECONDS)
        return answer.status, {"Content-Type": "application/json"}, answer.data
