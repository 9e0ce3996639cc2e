"""An embedded cloud for the tests of a folder, ready to be deployed to by the CDK."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from examples.demo.stage import Stage
from localcloud import lifecycle
from localcloud.config import Config

ROOT = Path(__file__).parents[2]
CLOCK_SPEED = 20.0


@contextmanager
def bootstrapped(folder: Path) -> Iterator[Stage]:
    """One that keeps its files in a folder; at the end it is gone."""
    lifecycle.up(Config(port=lifecycle.free_port(), folder=folder, clock_speed=CLOCK_SPEED))
    try:
        stage = Stage(root=ROOT, folder=folder, environment=lifecycle.environment(folder))
        stage.bootstrap()
        yield stage
    finally:
        lifecycle.down(folder)
