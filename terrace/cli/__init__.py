"""The `terrace` command: one module a group of commands."""

import sys
from typing import Any

import typer
from rich.console import Console

from localcloud.errors import LocalCloudError
from terrace.cli import (
    ab_test,
    cost,
    doctor,
    ground_truth,
    isolation,
    lineage,
    local,
    monitors,
    rollback,
    settings,
    training,
    transform,
)
from terrace.errors import TerraceError

app = typer.Typer(
    help="Deploy and watch machine-learning models on AWS, tenant by tenant, from one file.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_COMMANDS = (
    settings, isolation, cost, doctor,
    training, ab_test, rollback, lineage, ground_truth, transform,
    monitors, local,
)  # fmt: skip
for module in _COMMANDS:
    module.register(app)


# Typer exports no base of the errors that a wrongly typed command raises.
_UsageError: Any = typer.BadParameter.__bases__[0]


def main() -> None:
    """Runs the command; an error that somebody can mend is one message and exit code 1.

    A wrongly typed command is one of these: 2 says that something is violated, and nothing else.
    """
    try:
        sys.exit(app(standalone_mode=False))
    except _UsageError as error:
        error.show()
        sys.exit(1)
    except (TerraceError, LocalCloudError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            str(error), style="red", markup=False
        )
        sys.exit(1)
