"""MLflow's REST API behind SageMaker's door: signed requests, and MLflow's words for what failed.

MLflow's own client brings more packages along than Lambda has room for beside the others.
"""

import hashlib
import json
import os
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from terrace.errors import TerraceError

_SERVICE = "sagemaker-mlflow"
_MISSING = "RESOURCE_DOES_NOT_EXIST"
_AT_ONCE = {"metrics": 1000, "params": 100}  # that MLflow takes in one request


class TrackingFailed(TerraceError):
    """The tracking server refused something."""

    def __init__(self, asked: str, status: int, answer: bytes) -> None:
        super().__init__(f"{asked}: {status} {answer.decode(errors='replace')[:500]}")
        try:
            self.code = str(json.loads(answer)["error_code"])
        except (ValueError, KeyError, TypeError):
            self.code = ""


class Server:
    """One tracking server."""

    def __init__(self, arn: str) -> None:
        """`arn` is the server's."""
        self._arn, self._region = arn, arn.split(":")[3]
        self._url = os.environ.get("AWS_ENDPOINT_URL") or (
            f"https://{self._region}.experiments.sagemaker.aws"
        )
        self._http = URLLib3Session()

    def experiment(self, name: str) -> str:
        """The id of an experiment, which is made where there is none."""
        try:
            found = self._ask("GET", "experiments/get-by-name", experiment_name=name)
        except TrackingFailed as failed:
            if failed.code != _MISSING:
                raise
            return str(self._ask("POST", "experiments/create", name=name)["experiment_id"])
        return str(found["experiment"]["experiment_id"])

    def run(self, experiment: str, name: str, started: int, tags: dict[str, str]) -> str:
        """The id of the run of a name, which is begun where there is none: a retry adds nothing."""
        wanted = f"attributes.run_name = '{name}'"
        found = self._ask("POST", "runs/search", experiment_ids=[experiment], filter=wanted)
        for run in found.get("runs", []):
            return str(run["info"]["run_id"])
        told = [{"key": key, "value": value} for key, value in tags.items()]
        made = self._ask(
            "POST",
            "runs/create",
            experiment_id=experiment,
            run_name=name,
            start_time=started,
            tags=told,
        )
        return str(made["run"]["info"]["run_id"])

    def log(self, run: str, at: int, params: dict[str, str], metrics: dict[str, float]) -> None:
        """Keeps a run's parameters and metrics."""
        kept: dict[str, list[dict[str, Any]]] = {
            "params": [{"key": key, "value": value} for key, value in params.items()],
            "metrics": [
                {"key": key, "value": value, "timestamp": at, "step": 0}
                for key, value in metrics.items()
            ],
        }
        for kind, entries in kept.items():
            most = _AT_ONCE[kind]
            for first in range(0, len(entries), most):
                part = {kind: entries[first : first + most]}
                self._ask("POST", "runs/log-batch", run_id=run, **part)

    def end(self, run: str, at: int, status: str) -> None:
        """Ends a run: `FINISHED` or `FAILED`."""
        self._ask("POST", "runs/update", run_id=run, status=status, end_time=at)

    def _ask(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        url = f"{self._url}/api/2.0/mlflow/{path}"
        body = b"" if method == "GET" else json.dumps(given).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest(),
            "x-mlflow-sm-tracking-server-arn": self._arn,
        }
        request = AWSRequest(
            method=method,
            url=f"{url}?{urlencode(given)}" if method == "GET" else url,
            data=body,
            headers=headers,
        )
        credentials = boto3.Session().get_credentials()
        assert credentials is not None  # noqa: S101  # a function has those of its role
        SigV4Auth(credentials, _SERVICE, self._region).add_auth(request)
        answer = self._http.send(request.prepare())
        if answer.status_code >= 400:
            raise TrackingFailed(f"{method} {path}", answer.status_code, answer.content)
        return dict(json.loads(answer.content or b"{}"))
