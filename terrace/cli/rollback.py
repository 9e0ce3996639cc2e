"""`terrace rollback`: back to an earlier approved version, by the road of every rollout."""

import time
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from terrace.cli.choosing import chosen
from terrace.cli.executions import started
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
        int | None, typer.Option(help="The version. Default: the approved one before.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; told to the subscribers.")] = "none was given",
    wait: Annotated[bool, typer.Option(help="Wait for the end of the rollout.")] = True,
    settings: Annotated[Path, typer.Option(help="The settings file.")] = DEFAULT_PATH,
) -> None:
    """Go back to an earlier approved version; prints the execution's ARN and how it ended."""
    chosen(load(settings), tenant, model)
    names = ModelNames(tenant=tenant, model=model)
    try:
        version = _wanted(names, to)
        execution = _started(tenant, version, reason)
        typer.echo(f"to version {version.number}: {execution}")
        if wait:
            _ended(execution)
            typer.echo(f"version {version.number} runs on endpoint {names.endpoint}")
    except (BotoCoreError, ClientError) as error:
        raise NotRolledBack(f"{tenant}/{model} was not rolled back: {error}") from error


def _wanted(names: ModelNames, to: int | None) -> Version:
    now = running(names)
    if to is not None:
        version = one(names, to)
        if version.status != APPROVED:
            raise NotRolledBack(f"version {to} is {version.status}; expected one that is approved")
        if version.arn == now:
            raise NotRolledBack(f"version {to} runs already; expected another one")
        return version
    number = int(now.rpartition("/")[2]) if now else 0
    earlier = [v for v in versions(names) if v.status == APPROVED and v.number < number]
    if not earlier:
        raise NotRolledBack(
            f"{names.tenant}/{names.model} runs version {number or 'none'}; expected an approved "
            "version before it"
        )
    return max(earlier, key=lambda version: version.number)


def _started(tenant: str, version: Version, reason: str) -> str:
    given = way_back(version.arn, f"rolled back by hand: {reason}")
    return started(TenantNames(tenant=tenant).approval_state_machine, given)


def _ended(execution: str) -> None:
    states: Any = boto3.client("stepfunctions")
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(_POLL_SECONDS)
    if found["status"] != "SUCCEEDED":
        raise NotRolledBack(
            f"{execution} ended {found['status']}: {found.get('cause', 'no cause')}"
        )
