"""What a training may be started by, out of the events that bring it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lambdas.common.deployments import ModelNotDeployed, deployment
from lambdas.common.ownership import check_bucket, check_tenant
from lambdas.common.training import ENDINGS
from terrace.deployment import Deployment
from terrace.errors import TerraceError
from terrace.names import NAME_PATTERN


class UnknownOccasion(TerraceError):
    """An event that starts no training."""


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """Why a model is to be trained; without a reason, the one that waits."""

    model: Deployment
    reason: str


def occasions(event: dict[str, Any], tenant: str) -> Iterator[Occasion]:
    """Of which models an event is an occasion, as far as their settings want it.

    Raises:
        UnknownOccasion: It is none of the events that were meant.
        NotOwn: It is about another tenant, or an object in another bucket.
        ModelNotDeployed: The tenant has no such model.
    """
    detail = event.get("detail", {})
    match event:
        case {"source": "terrace", "detail-type": "ViolationsFound"}:
            check_tenant("ViolationsFound", detail["tenant"])
            yield from _violated(deployment(tenant, detail["model"]), detail)
        case {"source": "aws.s3"}:
            check_bucket("object created", str(detail["bucket"]["name"]))
            yield from _uploaded(str(detail["object"]["key"]), tenant)
        case {"scheduled": str(name)}:
            yield Occasion(model=deployment(tenant, name), reason="its schedule")
        case {"waiting": [*names]}:
            yield from (Occasion(model=deployment(tenant, name), reason="") for name in names)
        case _:
            raise UnknownOccasion(
                f"event got {sorted(event)}; expected a ViolationsFound, an object created in S3, "
                "`scheduled` or `waiting`"
            )


def _violated(model: Deployment, detail: dict[str, Any]) -> Iterator[Occasion]:
    retraining = model.model.retraining
    if retraining and detail["monitor"] in retraining.on_violations_of:
        found = f"{detail['monitor']} found {detail['violation_count']} violations"
        yield Occasion(
            model=model, reason=f"{found} of version {detail['version']}, {detail['report']}"
        )


def _uploaded(key: str, tenant: str) -> Iterator[Occasion]:
    name, _, rest = key.partition("/training/data/")
    if not rest.lower().endswith(ENDINGS) or not re.fullmatch(NAME_PATTERN, name):
        return
    try:
        model = deployment(tenant, name)
    except ModelNotDeployed:
        return  # the rule hears of every folder of the bucket
    if model.model.retraining and model.model.retraining.on_new_data:
        yield Occasion(model=model, reason=f"new data in {key}")
