"""A/B test: is a version that has a share of the traffic better, as far as labels are known?

It is asked again and again by the approval state machine, and may be asked by hand at any time.
What a right answer is, the model's monitor of model quality says; its own way of joining answers
and labels is used for both versions.
"""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import client, environment
from lambdas.common.captured import captured
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.registry import Version
from lambdas.common.request import ModelRequest
from lambdas.common.running import Running, running, still
from lambdas.common.watch import watch
from terrace.ab_test import Sample, standing
from terrace.deployment import Deployment
from terrace.endpoint_settings import ABTest
from terrace.errors import TerraceError
from terrace.events import Window
from terrace.monitors.model_quality.state import NAME, ModelQualityState
from terrace.names import CHALLENGER, CHALLENGER_ALARMS, ERRORS, LATENCY, joined

logger = Logger(service="ab_test")


class NoABTest(TerraceError):
    """The model has no A/B test."""


class Request(ModelRequest):
    """A test that runs.

    Attributes:
        model_package_arn: The version that it must be about; where none is said, any.
        since: When the version got its share; by default when SageMaker says that it did.
        until: By default now.
    """

    model_package_arn: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Who is better, or that nobody is by now, or it was rejected; and how they stand, in words."""
    request = Request.model_validate(event)
    told = environment()
    model = deployment(told.tenant, request.model)
    asked = test_of(model)
    challenger = _challenger(model, request.model_package_arn)
    if not challenger.version.approved:
        return _answered("rejected", _status(challenger.version))
    if alarm := _alarm(challenger):
        return _answered("champion", alarm)
    window = Window(
        start=request.since or challenger.serving_since, end=request.until or datetime.now(UTC)
    )
    objects = Objects(bucket=told.bucket)
    champion = running(model)
    found = standing(
        _sample(objects, model, champion, window),
        _sample(objects, model, challenger, window),
        asked,
    )
    return _answered(found.verdict, str(found)) | {"p_value": found.p_value}


def _challenger(model: Deployment, arn: str | None) -> Running:
    found = running(model, CHALLENGER)
    if found is None:
        raise NoABTest(f"{model.tenant}/{model.model.name} has no endpoint yet")
    return still(found, arn) if arn else found


def test_of(model: Deployment) -> ABTest:
    """What the file says of the model's test.

    Raises:
        NoABTest: Nothing.
    """
    asked = model.model.endpoint.ab_test
    if asked is None:
        raise NoABTest(f"{model.tenant}/{model.model.name} has no endpoint.ab_test")
    return asked


def _status(version: Version) -> str:
    status = version.description.get("ModelApprovalStatus")
    return f"Version {version.number} is {status} in the model registry by now"


def _alarm(challenger: Running) -> str:
    """The alarm of the version's own that fires, and why; nothing where none does."""
    for what in (ERRORS, LATENCY):
        name = joined(challenger.endpoint, f"{CHALLENGER_ALARMS}{what}")
        # One at a time: of several, the role would have to be allowed all that there are.
        for alarm in client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]:
            if alarm["StateValue"] == "ALARM":
                return f"{name}: {alarm['StateReason']}"
    return ""


def _sample(objects: Objects, model: Deployment, found: Running | None, window: Window) -> Sample:
    if found is None:
        return Sample.of(ModelQualityState())
    with TemporaryDirectory() as folder:
        watching = watch(objects, model, found, NAME, Path(folder))
        uris = (objects.uri(item.key) for item in captured(objects, found, window))
        with (Path(folder) / "quarantine.jsonl").open("w", encoding="utf-8") as quarantine:
            observed = watching.observe(uris, window, quarantine)
    if observed.quarantined:
        told = {"variant": found.variant, "records": observed.quarantined}
        logger.warning("records that are no rows were left out", extra=told)
    assert isinstance(observed.state, ModelQualityState)  # noqa: S101  # its own monitor's
    return Sample.of(observed.state)


def _answered(verdict: str, reason: str) -> dict[str, Any]:
    logger.info("looked", extra={"verdict": verdict, "reason": reason})
    return {"verdict": verdict, "reason": reason}
