"""Baseline: what the data were like that the version was trained on, as each monitor sees it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.baseline.comparing import Comparing
from lambdas.common.aws import environment
from lambdas.common.deployments import deployment
from lambdas.common.explained import with_model
from lambdas.common.objects import Objects
from lambdas.common.request import ModelRequest
from lambdas.common.training import Baseline, Evaluation
from terrace import dataset
from terrace.batch import Batch, column_sql
from terrace.errors import TerraceError
from terrace.monitor import Options, remembered
from terrace.monitors import MONITORS
from terrace.monitors.data_quality import DataQualityOptions
from terrace.monitors.values import demand

logger = Logger(service="baseline")


class NothingPredicted(TerraceError):
    """A monitor of predictions has nothing to make its baseline from."""


class Request(ModelRequest):
    """What evaluate kept of one run: the features it was trained on, its held-out predictions."""

    run: str
    evaluation: Evaluation


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Writes the baseline of each monitor of the model; where they are."""
    request = Request.model_validate(event)
    told = environment()
    objects = Objects(bucket=told.bucket)
    model = deployment(told.tenant, request.model)
    folder = f"{request.model}/baselines/{request.run}"
    # With the monitor switched off there is a baseline all the same, for when it is switched on.
    asked: dict[str, Options] = {"data-quality": DataQualityOptions()}
    asked |= model.model.monitors.chosen()
    made = {kind: _made(objects, request, kind, options) for kind, options in asked.items()}
    files = {
        kind: {
            name: objects.write_json(f"{folder}/{kind}/{name}.json", content)
            for name, content in contents.items()
        }
        for kind, contents in made.items()
    }
    with TemporaryDirectory() as temporary:
        features = Path(temporary) / "features.parquet"
        objects.download(request.evaluation.features_uri, features)
        comparing = Comparing(
            objects=objects,
            model=model,
            options=asked["data-quality"],
            baseline=made["data-quality"],
            features=features,
        )
        told_of_data = tuple(comparing.told())
    baseline = Baseline(folder_uri=objects.uri(folder), files=files, data=told_of_data)
    logger.info("baselines written", extra={"monitors": list(files)})
    return baseline.model_dump()


def _made(objects: Objects, request: Request, name: str, options: Options) -> dict[str, Any]:
    kind, evaluation = MONITORS[name], request.evaluation
    with TemporaryDirectory() as folder:
        path = Path(folder) / "features.parquet"
        objects.download(evaluation.features_uri, path)
        batch = dataset.whole(str(path))
        layout = kind.layout(options, tuple(batch.columns))
        if layout.outputs or layout.label:
            batch = _predictions(objects, request, name, Path(folder))
            demand(batch, layout.columns)
            # Beside these the file may have a score, say, which no request has.
            batch = Batch(
                relation=batch.relation.project(", ".join(map(column_sql, layout.columns)))
            )
        uri = evaluation.artifact_uri
        told = with_model(kind, options, objects, uri, Path(folder))
        files = kind.suggest(batch, told)
    return {**files, "options": remembered(kind, options)}


def _predictions(objects: Objects, request: Request, monitor: str, folder: Path) -> Batch:
    uri = request.evaluation.predictions_uri
    if not uri:
        raise NothingPredicted(
            f"{request.model}: got no baseline/predictions.parquet from the training job; "
            f"expected one, with label and prediction, for the {monitor} monitor"
        )
    path = folder / "predictions.parquet"
    objects.download(uri, path)
    return dataset.whole(str(path))
