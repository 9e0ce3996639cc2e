"""Evaluate: how good is the trained model, by its predictions and not by what it claims?"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from lambdas.common.aws import environment
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.request import ModelRequest, Payload
from lambdas.common.training import Evaluation, Plan, Sample
from lambdas.evaluate.archive import Output, unpacked
from lambdas.evaluate.held_out import Found, HeldOutRows
from lambdas.evaluate.trials import Trial, best, dumped, of_image, of_tuning_job
from terrace.evaluation import evaluate
from terrace.training_settings import TUNING, Tuning

logger = Logger(service="evaluate")

_OUTPUT = "output.tar.gz"  # SageMaker puts it next to the model artifact


class Artifacts(Payload):
    """Where SageMaker put the model artifact."""

    model: str = Field(alias="S3ModelArtifacts")


class TrainingJob(Payload):
    """A training job that completed, as SageMaker describes it."""

    name: str = Field(alias="TrainingJobName")
    artifacts: Artifacts = Field(alias="ModelArtifacts")
    hyperparameters: dict[str, str] = Field(default={}, alias="HyperParameters")


class Request(ModelRequest):
    """A training job of one run."""

    run: str
    plan: Plan
    training_job: TrainingJob


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Measures each held-out split, and keeps what later steps need of the job's output."""
    request = Request.model_validate(event)
    objects = Objects(bucket=environment().bucket)
    artifact = request.training_job.artifacts.model
    with TemporaryDirectory() as folder:
        output = _output(objects, artifact, Path(folder))
        found = Found(splits=output.predictions, together=output.measured)
        if request.plan.data.held_out:
            model = deployment(environment().tenant, request.model)
            rows = HeldOutRows(objects=objects, model=model, folder=Path(folder))
            found = rows.measured(request.plan.data.held_out, artifact, found, output.features)
        evaluation = _kept(objects, request, output, found)
    logger.info("evaluated", extra={"metrics": evaluation.metrics})
    return evaluation.model_dump()


def _output(objects: Objects, artifact: str, folder: Path) -> Output:
    uri = f"{artifact.rpartition('/')[0]}/{_OUTPUT}"
    archive = folder / _OUTPUT
    objects.download(uri, archive)
    return unpacked(archive, uri, folder / "output")


def _kept(objects: Objects, request: Request, output: Output, found: Found) -> Evaluation:
    """Writes what the job left behind, and what was found, to where the version's files are."""
    sample = Sample(
        content_type="text/csv",
        request=output.file("sample/request.csv").read_text("utf-8"),
        response=output.file("sample/response.csv").read_text("utf-8"),
    )
    artifact = request.training_job.artifacts.model
    folder = f"{request.model}/evaluations/{request.run}"
    baselines = f"{request.model}/baselines/{request.run}"
    trials = _trials(request, output)
    scores = {split: evaluate(path) for split, path in found.splits.items()}
    report = {split: one.report() for split, one in scores.items()}
    return Evaluation(
        metrics={split: one.metrics() for split, one in scores.items()},
        **dict(found.findings),
        evaluation_uri=objects.write_json(f"{folder}/evaluation.json", report),
        sample_uri=objects.write(f"{folder}/sample.json", sample.model_dump_json(indent=2)),
        training_job=request.training_job.name,
        hyperparameters=_hyperparameters(request, trials),
        trials_uri=objects.write_json(f"{folder}/trials.json", dumped(trials)) if trials else None,
        artifact_uri=artifact,
        artifact_sha256=objects.sha256(artifact),
        features_uri=objects.upload(output.features, f"{baselines}/features.parquet"),
        predictions_uri=objects.upload(found.together, f"{baselines}/predictions.parquet")
        if found.together
        else None,
    )


def _trials(request: Request, output: Output) -> list[Trial]:
    """Those of the search, where there was one."""
    if request.plan.search:
        return of_tuning_job(request.plan.search.name)
    return of_image(output.trials, output.uri) if output.trials else []


def _hyperparameters(request: Request, trials: list[Trial]) -> dict[str, str]:
    """What the model was trained with: without what SageMaker or a search told the image."""
    given = request.training_job.hyperparameters or request.plan.job.hyperparameters
    own = {name: text for name, text in given.items() if not name.startswith("_")}
    if request.plan.search or TUNING not in own:
        return own
    goal = Tuning.model_validate_json(own.pop(TUNING)).goal
    winner = best(trials, highest=goal == "Maximize")
    return own | (winner.hyperparameters if winner else {})
