"""The `terrace` command: one module a group of commands."""

import sys

import typer
from rich.console import Console

from localcloud.errors import LocalCloudError
from terrace.cli import local, monitors, settings, training
from terrace.errors import TerraceError

app = typer.Typer(
    help="Deploy and watch machine-learning models on AWS, tenant by tenant, from one file.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for module in (settings, training, monitors, local):
    module.register(app)


def main() -> None:
    """Runs the command; an error that Terrace raises on purpose is one message and exit code 1."""
    try:
        app()
    except (TerraceError, LocalCloudError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            str(error), style="red", markup=False
        )
        sys.exit(1)
