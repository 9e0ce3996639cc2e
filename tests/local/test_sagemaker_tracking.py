"""An MLflow tracking server: a real one, behind SageMaker's door, as the function asks it."""

import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.track.server import Server, TrackingFailed
from tests.local.conftest import Cloud, allow

pytestmark = [pytest.mark.local, pytest.mark.peers]

NAME = "terrace--north"
ACTIONS = ("CreateExperiment", "CreateRun", "GetExperimentByName", "LogBatch", "SearchRuns",
           "UpdateRun")  # fmt: skip


@pytest.fixture(scope="module")
def server(cloud: Cloud) -> Iterator[dict[str, Any]]:
    sagemaker = cloud.client("sagemaker")
    role = cloud.role("sagemaker.amazonaws.com")
    sagemaker.create_mlflow_tracking_server(
        TrackingServerName=NAME, ArtifactStoreUri="s3://b/_mlflow", RoleArn=role
    )
    yield dict(sagemaker.describe_mlflow_tracking_server(TrackingServerName=NAME))
    sagemaker.delete_mlflow_tracking_server(TrackingServerName=NAME)


def caller(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, credentials: dict[str, str]) -> None:
    """Makes the function's code call as somebody."""
    for name, value in (cloud.environment | {k.upper(): v for k, v in credentials.items()}).items():
        monkeypatch.setenv(name, value)


def test_runs_are_kept_and_a_second_time_adds_nothing(
    cloud: Cloud, server: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    arn, now = server["TrackingServerArn"], int(1000 * time.time())
    actions = [f"sagemaker-mlflow:{action}" for action in ACTIONS]
    caller(cloud, monkeypatch, cloud.user(allow(*actions, on=arn)))
    mlflow = Server(arn)
    experiment = mlflow.experiment("tool-wear")
    assert mlflow.experiment("tool-wear") == experiment
    run = mlflow.run(experiment, "run1", now, {"terrace.outcome": "registered"})
    params = {f"p{number}": str(number) for number in range(150)}  # more than one request's
    for _ in range(2):
        mlflow.log(run, now, params, {"random/mcc": 0.9})
    mlflow.end(run, now, "FINISHED")
    assert mlflow.run(experiment, "run1", now, {}) == run

    # As people see it, in the server's own pages and by its own API.
    url = server["TrackingServerUrl"]
    with urllib.request.urlopen(f"{url}/api/2.0/mlflow/runs/get?run_id={run}") as answer:  # noqa: S310
        kept = answer.read().decode()
    assert '"FINISHED"' in kept
    assert '"p149"' in kept
    assert "0.9" in kept
    with urllib.request.urlopen(url) as page:  # noqa: S310
        assert "MLflow" in page.read().decode()


def test_who_may_not_is_refused(
    cloud: Cloud, server: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = server["TrackingServerArn"]
    other = arn.replace(NAME, "terrace--south")
    caller(cloud, monkeypatch, cloud.user(allow("sagemaker-mlflow:*", on=other)))
    with pytest.raises(TrackingFailed, match="is not authorized"):
        Server(arn).experiment("tool-wear")
    with pytest.raises(TrackingFailed, match=r"terrace--south"):
        Server(other).experiment("tool-wear")  # it may, and there is none
