"""Canary: was the new version asked at all while the traffic went over to it?

Alarms undo a rollout that goes wrong. Where nobody asked they had nothing to look at, and a version
that nobody has seen at work has not passed.
"""

import math
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
from terrace.errors import TerraceError
from terrace.events import Window
from terrace.rollout_settings import Shift

logger = Logger(service="canary")


class NoCanary(TerraceError):
    """The model's traffic does not go over step by step."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Whether enough was asked, and how much, in words."""
    request = RolloutRequest.model_validate(event)
    told = environment()
    model = deployment(told.tenant, request.model)
    rollout = watched(model)
    found = still(running(model), request.model_package_arn)
    window = Window(start=max(request.since, request.until - rollout.lasts), end=request.until)
    needed = least(model.model.capture.sampling_percentage, rollout)
    got = counted(Objects(bucket=told.bucket), found, window, enough=needed)
    passed = got >= needed
    reason = f"{got} requests were captured while the traffic went over to the version"
    if not passed:
        reason += (
            f"; expected at least {needed}, since {rollout.percent} % of them are its own: "
            "approve it again when there is traffic, or set rollout.least_requests to 0"
        )
    logger.info("counted", extra={"passed": passed, "reason": reason})
    return {"passed": passed, "reason": reason}


def watched(model: Deployment) -> Shift:
    """How the model's traffic goes over.

    Raises:
        NoCanary: All at once, so that there is nothing to look at.
    """
    rollout = model.model.endpoint.rollout
    if rollout is None or not rollout.is_watched:
        raise NoCanary(f"{model.tenant}/{model.model.name} has no rollout that is watched")
    return rollout


def least(sampling_percentage: int, rollout: Shift) -> int:
    """Of how many captured requests the new version's own share is enough.

    >>> least(100, Shift(traffic="canary", percent=10, least_requests=3))
    30
    """
    return math.ceil(rollout.least_requests * sampling_percentage / rollout.percent)


def counted(objects: Objects, found: Running, window: Window, *, enough: int) -> int:
    """How many requests were captured in a window; no more are counted than are enough."""
    count = 0
    with TemporaryDirectory() as folder:
        path = Path(folder) / "records.jsonl"
        for item in captured(objects, found, window):
            objects.download(objects.uri(item.key), path)
            cut(path, window)
            with path.open("rb") as lines:
                count += sum(1 for line in lines if line.strip())
            if count >= enough:
                break
    return count
