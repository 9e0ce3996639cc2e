"""One part of a window: observed, and its state left for the monitor to put together."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.parts import Part
from lambdas.common.running import running, still
from lambdas.common.watch import watch


def observe(part: Part, tenant: str, bucket: str) -> int:
    """Writes the part's state and quarantine; how many records were set aside.

    Raises:
        VersionReplaced: Another version runs than the one whose baseline the part names.
    """
    objects = Objects(bucket=bucket)
    model = deployment(tenant, part.model)
    found = still(running(model, part.variant), part.model_package_arn)
    with TemporaryDirectory() as folder:
        quarantine = Path(folder) / "quarantine.jsonl"
        watching = watch(objects, model, found, part.monitor, Path(folder))
        with quarantine.open("w", encoding="utf-8") as file:
            observed = watching.observe(part.uris, part.window, file)
        objects.upload(quarantine, part.quarantine_key)
    seen = {
        "objects": [one.model_dump(mode="json") for one in observed.objects],
        "labels_set_aside": observed.labels_set_aside,
        "elsewhere": [one.model_dump(mode="json") for one in observed.elsewhere],
    }
    objects.write(part.seen_key, json.dumps(seen))
    # The state last: where it is, all of the part is.
    objects.write(part.state_key, json.dumps(observed.state.dump()))
    return observed.quarantined
