"""`python -m examples.smoke`: deploys, trains, serves, monitors, rolls back, destroys."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import boto3
from rich.console import Console

from examples.demo.operator import GaveUp
from examples.smoke.account import SETTINGS, Account
from examples.smoke.costs import describe_costs
from examples.smoke.observations import record
from examples.smoke.steps import STEPS, TRAININGS, Run, destroy

_TRAINING_MINUTES = 5.0
_CONFIRMATION = "yes"


def main() -> int:
    """Runs the steps; 0 when all of them passed and nothing is left."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="terrace-smoke-") as folder:
        account = Account(folder=Path(folder))
        if not _confirmed(console, account):
            return 1
        outcomes, failure = _run(console, Run(account=account))
        if not account.is_embedded:
            record(outcomes, str(boto3.session.Session().region_name))
            console.print("The ledger has it: run `python -m tests.ledger` and commit.")
    if failure:
        console.print(f"\nThe smoke test failed: {failure}", style="red", markup=False)
        return 1
    return 0


def _confirmed(console: Console, account: Account) -> bool:
    """On AWS, which costs money, somebody says so: on the terminal, or in the environment."""
    if account.is_embedded or os.environ.get("TERRACE_SMOKE_CONFIRM") == _CONFIRMATION:
        return True
    identity = boto3.client("sts").get_caller_identity()
    region = boto3.session.Session().region_name
    console.print(
        f"This deploys {SETTINGS.name} of the smoke test to account {identity['Account']}, region "
        f"{region}: about an hour and a few dollars. Everything is destroyed at the end."
    )
    return sys.stdin.isatty() and console.input(f"Type {_CONFIRMATION} to go on: ") == _CONFIRMATION


def _run(console: Console, run: Run) -> tuple[dict[str, str], str]:
    """The outcomes of the steps that passed, and why the first of the others failed."""
    outcomes: dict[str, str] = {}
    failure, began = "", time.monotonic()
    for name, step in STEPS.items():
        try:
            outcomes[name] = _timed(console, name, partial(step, run))
        except GaveUp as error:
            failure = f"{name}: {error}"
            break
    if "examine" in outcomes:
        try:
            outcomes["destroy"] = _timed(console, "destroy", partial(destroy, run))
        except GaveUp as error:
            failure = f"{failure}\ndestroy: {error}".strip()
        hours = (time.monotonic() - began) / 3600
        cdk_out = run.account.folder / "cdk.out"
        if cdk_out.is_dir():
            costs = describe_costs(cdk_out, hours, TRAININGS, _TRAINING_MINUTES)
            console.print(f"Cost on AWS: {costs}", markup=False)
    return outcomes, failure


def _timed(console: Console, name: str, step: Callable[[], str]) -> str:
    began = time.monotonic()
    outcome = step()
    console.print(f"{name:10} {time.monotonic() - began:6.1f} s  {outcome}", markup=False)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
