"""Evaluate: how good is the trained model, by its predictions and not by what it claims?"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from lambdas.common.aws import environment
from lambdas.common.objects import Objects
from lambdas.common.request import ModelRequest, Payload
from lambdas.common.training import Evaluation, Sample
from lambdas.evaluate.archive import Output, unpacked
from terrace.evaluation import Scores, evaluate

logger = Logger(service="evaluate")

_OUTPUT = "output.tar.gz"  # SageMaker puts it next to the model artifact


class Artifacts(Payload):
    """Where SageMaker put the model artifact."""

    model: str = Field(alias="S3ModelArtifacts")


class TrainingJob(Payload):
    """A training job that completed, as SageMaker describes it."""

    name: str = Field(alias="TrainingJobName")
    artifacts: Artifacts = Field(alias="ModelArtifacts")


class Request(ModelRequest):
    """A training job of one run."""

    run: str
    training_job: TrainingJob


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Measures each held-out split, and keeps what later steps need of the job's output."""
    request = Request.model_validate(event)
    objects = Objects(bucket=environment().bucket)
    artifact = request.training_job.artifacts.model
    with TemporaryDirectory() as folder:
        output = _output(objects, artifact, Path(folder))
        evaluation = _kept(objects, request, output, objects.sha256(artifact))
    logger.info("evaluated", extra={"metrics": evaluation.metrics})
    return evaluation.model_dump()


def _output(objects: Objects, artifact: str, folder: Path) -> Output:
    uri = f"{artifact.rpartition('/')[0]}/{_OUTPUT}"
    archive = folder / _OUTPUT
    objects.download(uri, archive)
    return unpacked(archive, uri, folder / "output")


def _kept(objects: Objects, request: Request, output: Output, sha256: str) -> Evaluation:
    """Writes what the job left behind to where the version's files are."""
    scores = {split: evaluate(path) for split, path in output.predictions.items()}
    sample = Sample(
        content_type="text/csv",
        request=output.file("sample/request.csv").read_text("utf-8"),
        response=output.file("sample/response.csv").read_text("utf-8"),
    )
    folder = f"{request.model}/evaluations/{request.run}"
    baselines = f"{request.model}/baselines/{request.run}"
    return Evaluation(
        metrics={split: found.metrics() for split, found in scores.items()},
        evaluation_uri=objects.write_json(f"{folder}/evaluation.json", _report(scores)),
        sample_uri=objects.write(f"{folder}/sample.json", sample.model_dump_json(indent=2)),
        artifact_uri=request.training_job.artifacts.model,
        artifact_sha256=sha256,
        features_uri=objects.upload(
            output.file("baseline/features.parquet"), f"{baselines}/features.parquet"
        ),
        predictions_uri=objects.upload(output.measured, f"{baselines}/predictions.parquet")
        if output.measured
        else None,
    )


def _report(scores: dict[str, Scores]) -> dict[str, Any]:
    return {split: found.report() for split, found in scores.items()}
