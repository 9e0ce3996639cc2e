"""Baseline: what the features were like that the version was trained on."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.request import ModelRequest
from lambdas.common.training import Baseline
from terrace import dataset
from terrace.monitors.data_quality import suggest
from terrace.settings import DataQuality

logger = Logger(service="baseline")


class Request(ModelRequest):
    """The features of the rows that one run was trained on."""

    run: str
    features_uri: str


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Writes statistics and constraints of the features; their addresses."""
    request = Request.model_validate(event)
    told = environment()
    model = deployment(told.tenant, request.model)
    # With the monitor switched off there is a baseline all the same, for when it is switched on.
    settings = model.model.monitors.data_quality or DataQuality()
    objects = Objects(bucket=told.bucket)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "features.parquet"
        objects.download(request.features_uri, path)
        statistics, constraints = suggest(dataset.whole(str(path)), settings.drift_threshold)
    written = f"{request.model}/baselines/{request.run}/data-quality"
    baseline = Baseline(
        statistics_uri=objects.write_json(f"{written}/statistics.json", statistics),
        constraints_uri=objects.write_json(f"{written}/constraints.json", constraints),
    )
    logger.info("baseline written", extra={"features": len(statistics["features"])})
    return baseline.model_dump()
