"""Track: one run of the training state machine, with its trials, in MLflow.

A model is an experiment; a run has the hyperparameters, the metrics of each split, and in its tags
what it was trained on and what became of it. The trials of a search are runs below it.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.objects import Objects
from lambdas.common.request import ModelRequest, Payload
from lambdas.common.training import Evaluation, Plan
from lambdas.track.server import Server

logger = Logger(service="track")

_LONGEST = 5000  # characters of a tag's value
_PARENT = "mlflow.parentRunId"


class Gate(Payload):
    """What the gate said."""

    passed: bool
    reasons: tuple[str, ...] = ()


class Registered(Payload):
    """The version that came of it."""

    model_package_arn: str
    version: int


class Request(ModelRequest):
    """A run that has come to its end, by the gate or in the registry."""

    run: str
    execution: str
    plan: Plan
    evaluation: Evaluation
    gate: Gate
    registered: Registered | None = None


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Keeps the run; its id in MLflow."""
    request = Request.model_validate(event)
    told = environment()
    server, now = Server(told.mlflow_server_arn), int(1000 * time.time())
    experiment = server.experiment(request.model)
    run = server.run(experiment, request.run, now, tags(request))
    server.log(run, now, request.evaluation.hyperparameters, metrics(request.evaluation))
    for name, trial in _trials(Objects(bucket=told.bucket), request.evaluation.trials_uri):
        below = server.run(experiment, f"{request.run}/{name}", now, {_PARENT: run})
        found = {} if trial["objective"] is None else {"objective": trial["objective"]}
        server.log(below, now, trial["hyperparameters"], found)
        server.end(below, now, "FINISHED" if trial["status"] == "Completed" else "FAILED")
    server.end(run, now, "FINISHED")
    logger.info("tracked", extra={"run": run})
    return {"run_id": run}


def tags(request: Request) -> dict[str, str]:
    """What a run was made of and what became of it."""
    plan, evaluation = request.plan, request.evaluation
    made = request.registered
    told = {
        "outcome": "registered" if made else "refused",
        "reasons": "; ".join(request.gate.reasons),
        "version": str(made.version) if made else "",
        "model_package_arn": made.model_package_arn if made else "",
        "execution": request.execution,
        "training_job": evaluation.training_job,
        "trained_for": plan.reason,
        "requested_by": plan.requested_by,
        "code_version": plan.code_version,
        "data_uri": plan.data.uri,
        "data_version_id": plan.data.version_id or "",
        "data_sha256": plan.data.sha256,
        "artifact_uri": evaluation.artifact_uri,
        "artifact_sha256": evaluation.artifact_sha256,
    }
    return {f"terrace.{name}": text[:_LONGEST] for name, text in told.items() if text}


def metrics(evaluation: Evaluation) -> dict[str, float]:
    """The metrics of all splits; one that is undefined is none."""
    return {
        f"{split}/{name}": value
        for split, found in evaluation.metrics.items()
        for name, value in found.items()
        if value is not None
    }


def _trials(objects: Objects, uri: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for trial in json.loads(objects.read(uri)) if uri else ():
        yield str(trial["name"]), trial
