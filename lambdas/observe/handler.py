"""Observe: the state of one part of a window, kept for the monitor to put together."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.parts import Part
from lambdas.common.running import running, still
from lambdas.common.watch import watch

logger = Logger(service="observe")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Writes the part's state and quarantine; how many records were set aside."""
    part = Part.model_validate(event)
    told = environment()
    objects = Objects(bucket=told.bucket)
    model = deployment(told.tenant, part.model)
    found = still(running(model, part.variant), part.model_package_arn)
    with TemporaryDirectory() as folder:
        quarantine = Path(folder) / "quarantine.jsonl"
        watching = watch(objects, model, found, part.monitor, Path(folder))
        with quarantine.open("w", encoding="utf-8") as file:
            observed = watching.observe(part.uris, part.window, file)
        objects.upload(quarantine, part.quarantine_key)
    # The state last: where it is, all of the part is.
    objects.write(part.state_key, json.dumps(observed.state.dump()))
    logger.info("observed", extra={"part": part.number, "objects": len(part.uris)})
    return {"part": part.number, "quarantined": observed.quarantined}
