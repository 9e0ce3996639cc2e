"""`terrace rollback`: back to an earlier version, by the road of every rollout."""

import time
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from terrace.cli.choosing import chosen
from terrace.cli.executions import started
from terrace.cli.rollouts import last_rollout
from terrace.cli.versions import Version, one, running, versions
from terrace.errors import TerraceError
from terrace.events import APPROVED, way_back
from terrace.names import ModelNames, TenantNames
from terrace.settings_file import DEFAULT_PATH, load

_POLL_SECONDS = 2.0


class NotRolledBack(TerraceError):
    """A version that cannot be gone back to, or a rollout that failed."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(rollback)


def rollback(
    tenant: Annotated[str, typer.Argument(help="The tenant's name.")],
    model: Annotated[str, typer.Argument(help="The model's name.")],
    to: Annotated[
        int | None, typer.Option(help="The version. Default: the last that served well.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; told to the subscribers.")] = "none was given",
    wait: Annotated[bool, typer.Option(help="Wait for the end of the rollout.")] = True,
    settings: Annotated[Path, typer.Option(help="The settings file.")] = DEFAULT_PATH,
) -> None:
    """Go back to an earlier approved version; prints the execution's ARN and how it ended."""
    chosen(load(settings), tenant, model)
    names = ModelNames(tenant=tenant, model=model)
    try:
        now = running(names)
        version = _wanted(names, to, now)
        execution = _started(tenant, version, f"{_left(now)} by hand: {reason}")
        typer.echo(f"to version {version.number}: {execution}")
        if wait:
            _ended(execution)
            typer.echo(f"version {version.number} runs on endpoint {names.endpoint}")
    except (BotoCoreError, ClientError) as error:
        raise NotRolledBack(f"{tenant}/{model} was not rolled back: {error}") from error


def _left(now: str | None) -> str:
    return f"instead of version {now.rpartition('/')[2]}," if now else "the first version,"


def _wanted(names: ModelNames, to: int | None, now: str | None) -> Version:
    if to is not None:
        version = one(names, to)
        if version.status != APPROVED:
            raise NotRolledBack(f"version {to} is {version.status}; expected one that is approved")
        if version.arn == now:
            raise NotRolledBack(f"version {to} runs already; expected another one")
        return version
    number = int(now.rpartition("/")[2]) if now else 0
    earlier = [v for v in versions(names) if v.status == APPROVED and v.number < number]
    for version in sorted(earlier, key=lambda version: version.number, reverse=True):
        last = last_rollout(names.tenant, version.arn)
        if last and last.served_well:
            return version
    raise NotRolledBack(
        f"{names.tenant}/{names.model} runs version {number or 'none'}; expected a version before "
        "it that served well and is approved, or --to and an approved version"
    )


def _started(tenant: str, version: Version, why: str) -> str:
    given = way_back(version.arn, why)
    return started(TenantNames(tenant=tenant).approval_state_machine, given)


def _ended(execution: str) -> None:
    states: Any = boto3.client("stepfunctions")
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(_POLL_SECONDS)
    if found["status"] != "SUCCEEDED":
        raise NotRolledBack(
            f"{execution} ended {found['status']}: {found.get('cause', 'no cause')}"
        )
