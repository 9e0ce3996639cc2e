"""A run in MLflow: its parameters, metrics, tags, and its trials below it."""

import json
from typing import Any

import pytest

from lambdas.track import handler as track

from .conftest import BUCKET, Cloud, Context

SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/terrace--north"
TRIALS = [
    {"name": "0", "status": "Completed", "hyperparameters": {"trees": "3"}, "objective": 0.9},
    {"name": "1", "status": "Failed", "hyperparameters": {"trees": "-1"}, "objective": None},
]


class Server:
    """What MLflow is told."""

    def __init__(self, arn: str) -> None:
        assert arn == SERVER
        self.runs: dict[str, dict[str, Any]] = {}
        SERVERS.append(self)

    def experiment(self, name: str) -> str:
        return f"experiment of {name}"

    def run(self, experiment: str, name: str, _started: int, tags: dict[str, str]) -> str:
        assert experiment == "experiment of tool-wear"
        self.runs[name] = {"tags": tags}
        return f"id of {name}"

    def log(self, run: str, _at: int, params: dict[str, str], metrics: dict[str, float]) -> None:
        self.runs[run.removeprefix("id of ")] |= {"params": params, "metrics": metrics}

    def end(self, run: str, _at: int, status: str) -> None:
        self.runs[run.removeprefix("id of ")]["status"] = status


SERVERS: list[Server] = []


@pytest.fixture
def asked(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("TERRACE_MLFLOW_SERVER_ARN", SERVER)
    monkeypatch.setattr(track, "Server", Server)
    trials = cloud.put("tool-wear/evaluations/run1/trials.json", json.dumps(TRIALS))
    return {
        "model": "tool-wear",
        "run": "run1",
        "execution": "arn:execution",
        "plan": {
            "model": "tool-wear",
            "run": "run1",
            "code_version": "abc",
            "data": {
                "uri": "s3://b/x.csv",
                "version_id": None,
                "sha256": "1" * 64,
                "rows": 3,
                "channel_uri": "s3://b/runs/1/",
            },
            "job": {
                "name": "north--wear--run1",
                "image": "image",
                "role_arn": "role",
                "instance_type": "ml.m5.large",
                "volume_size_gb": 10,
                "max_runtime_seconds": 60,
                "hyperparameters": {},
                "output_uri": "s3://b/jobs/",
                "kms_key_id": "key",
            },
        },
        "evaluation": {
            "metrics": {"random": {"mcc": 0.9, "precision": None}},
            "evaluation_uri": f"s3://{BUCKET}/evaluation.json",
            "sample_uri": f"s3://{BUCKET}/sample.json",
            "training_job": "north--wear--run1",
            "hyperparameters": {"trees": "3"},
            "trials_uri": trials,
            "artifact_uri": f"s3://{BUCKET}/model.tar.gz",
            "artifact_sha256": "2" * 64,
            "features_uri": "s3://b/features.parquet",
            "predictions_uri": None,
        },
        "gate": {"passed": True, "reasons": [], "verdicts": []},
        "registered": {"model_package_arn": "arn:package/1", "version": 1},
    }


def tracked(asked: dict[str, Any]) -> dict[str, dict[str, Any]]:
    SERVERS.clear()
    assert track.handler(asked, Context()) == {"run_id": "id of run1"}
    return SERVERS[0].runs


def test_a_registered_run_is_kept_with_what_it_was_made_of(asked: dict[str, Any]) -> None:
    run = tracked(asked)["run1"]
    assert run["params"] == {"trees": "3"}
    assert run["metrics"] == {"random/mcc": 0.9}  # what is undefined is no figure
    assert run["status"] == "FINISHED"
    told = run["tags"]
    assert (told["terrace.outcome"], told["terrace.version"]) == ("registered", "1")
    assert told["terrace.data_sha256"] == "1" * 64
    assert told["terrace.artifact_sha256"] == "2" * 64
    assert told["terrace.execution"] == "arn:execution"


def test_a_refused_run_is_kept_with_the_reasons(asked: dict[str, Any]) -> None:
    gate = {"passed": False, "reasons": ["mcc 0.2; expected 0.9", "slice a"]}
    del asked["registered"]
    told = tracked(asked | {"gate": gate})["run1"]["tags"]
    assert told["terrace.outcome"] == "refused"
    assert told["terrace.reasons"] == "mcc 0.2; expected 0.9; slice a"
    assert "terrace.version" not in told


def test_each_trial_is_a_run_below(asked: dict[str, Any]) -> None:
    runs = tracked(asked)
    best, failed = runs["run1/0"], runs["run1/1"]
    assert best["tags"] == failed["tags"] == {"mlflow.parentRunId": "id of run1"}
    assert (best["metrics"], best["status"]) == ({"objective": 0.9}, "FINISHED")
    assert (failed["params"], failed["metrics"]) == ({"trees": "-1"}, {})
    assert failed["status"] == "FAILED"
