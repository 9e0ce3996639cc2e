"""`terrace ab-test`: how the A/B test of a model stands."""

import json
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from terrace.cli.choosing import chosen
from terrace.errors import TerraceError
from terrace.names import TenantNames
from terrace.settings_file import DEFAULT_PATH, load


class NoStanding(TerraceError):
    """There is no test, or how it stands could not be found out."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("ab-test")(ab_test)


def ab_test(
    tenant: Annotated[str, typer.Argument(help="The tenant's name.")],
    model: Annotated[str, typer.Argument(help="The model's name.")],
    settings: Annotated[Path, typer.Option(help="The settings file.")] = DEFAULT_PATH,
) -> None:
    """Tell who wins the test that runs, or that nobody has yet; looking decides nothing."""
    if chosen(load(settings), tenant, model).endpoint.ab_test is None:
        raise NoStanding(f"{tenant}/{model} has no endpoint.ab_test in {settings}")
    function = TenantNames(tenant=tenant).function("ab-test")
    try:
        answer: Any = boto3.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps({"model": model})
        )
    except (BotoCoreError, ClientError) as error:
        raise NoStanding(f"{function} could not be asked: {error}") from error
    told = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise NoStanding(f"{tenant}/{model}: {told.get('errorType')}: {told.get('errorMessage')}")
    typer.echo(f"{told['verdict']}: {told['reason']}")
