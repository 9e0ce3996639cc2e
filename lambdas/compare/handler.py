"""Compare: did the candidate answer the mirrored requests as the running version did?"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.captured import captured
from lambdas.common.cut import cut
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.request import RolloutRequest
from lambdas.common.running import Running, running, still
from terrace.deployment import Deployment
from terrace.differential import Differences, compared, exchanges
from terrace.endpoint_settings import ShadowTest
from terrace.errors import TerraceError
from terrace.events import Window
from terrace.names import SHADOW

logger = Logger(service="compare")


class NoShadowTest(TerraceError):
    """The model has no shadow test."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Whether the candidate passed, and what was found, in words."""
    request = RolloutRequest.model_validate(event)
    told = environment()
    model = deployment(told.tenant, request.model)
    budget = budget_of(model)
    window = Window(start=request.since, end=request.until)
    shadow = still(running(model, SHADOW), request.model_package_arn)
    objects = Objects(bucket=told.bucket)
    found = compared(_answers(objects, running(model), window), _answers(objects, shadow, window))
    reasons = list(refusals(found, budget))
    logger.info("compared", extra={"found": str(found), "reasons": reasons})
    return {"passed": not reasons, "reason": "; ".join([str(found), *reasons])}


def budget_of(model: Deployment) -> ShadowTest:
    """What the model's shadow test allows.

    Raises:
        NoShadowTest: It has none.
    """
    shadow = model.model.endpoint.shadow
    if shadow is None:
        raise NoShadowTest(f"{model.tenant}/{model.model.name} has no endpoint.shadow")
    return shadow


def refusals(found: Differences, budget: ShadowTest) -> Iterator[str]:
    """Why a candidate does not pass, in words."""
    if found.requests < budget.least_requests:
        yield (
            f"{found.requests} different requests say too little; expected at least "
            f"{budget.least_requests}"
        )
        return
    for what, share, most in (
        ("unanswered", found.share("unanswered"), budget.most_unanswered),
        ("decided otherwise", found.share("decisions", "shapes"), budget.most_different),
    ):
        if share > most:
            yield f"{share:.1%} {what}; expected at most {most:.1%}"


def _answers(objects: Objects, found: Running | None, window: Window) -> dict[str, str]:
    """The answers that one variant gave in the window, by their requests."""
    answers: dict[str, str] = {}
    if found is None:
        return answers
    with TemporaryDirectory() as folder:
        path = Path(folder) / "records.jsonl"
        for item in captured(objects, found, window):
            objects.download(objects.uri(item.key), path)
            cut(path, window)
            with path.open("rb") as lines:
                answers |= exchanges(lines)
    return answers
