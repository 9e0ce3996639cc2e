"""The example's image with a fault, as a bad release of it would have one."""

import os
import shutil
import subprocess
from pathlib import Path

from examples.demo.stage import Stage
from tests.local.images import DOCKER_FORMAT

SOURCE = Path(__file__).parents[2] / "examples/cnc-mill"
FAULTS = {
    "slow": "time.sleep(1.2)",
    "failing": "next(numbers) % 20 or 1 / 0",  # one request in twenty
    "breaking": "os.path.exists({sign!r}) and 1 / 0",  # every request, once there is a file
}
_SERVE = """#!/usr/bin/env python3
import itertools, os, sys, time
from toolwear import serve

numbers, answer = itertools.count(1), serve.Handler._posted

def faulty(handler):
    {fault}
    return answer(handler)

serve.Handler._posted = faulty
sys.exit(serve.main(os.environ))
"""


def pushed(stage: Stage, image: str, fault: str, folder: Path, *, sign: str = "") -> str:
    """The address of the faulty image, which is pushed beside the good one.

    Args:
        stage: The embedded cloud.
        image: The good one's address.
        fault: One of `FAULTS`.
        folder: Where it is built, which is not there yet.
        sign: The file at whose sign it breaks.
    """
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("data"))
    (folder / "serve").write_text(_SERVE.format(fault=FAULTS[fault].format(sign=sign)))
    address = f"{image.rpartition(':')[0]}:{fault}"
    for command in (("build", "--tag", address, *DOCKER_FORMAT, str(folder)), ("push", address)):
        environment = {**os.environ, **stage.environment}
        subprocess.run(["localcloud-docker", *command], env=environment, check=True)
    return address
