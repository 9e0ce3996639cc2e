"""`terrace train`: upload a training set and start the training state machine."""

import subprocess
from pathlib import Path
from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from terrace.cli.choosing import chosen
from terrace.cli.executions import started
from terrace.errors import TerraceError
from terrace.names import TenantNames
from terrace.settings_file import DEFAULT_PATH, load


class TrainingNotStarted(TerraceError):
    """The training state machine could not be started."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(train)


def train(
    tenant: Annotated[str, typer.Argument(help="The tenant's name.")],
    model: Annotated[str, typer.Argument(help="The model's name.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Training set to upload (.parquet or .csv). Default: the newest there."),
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(help="A hyperparameter as name=value; may be repeated.")
    ] = None,
    code_version: Annotated[
        str | None, typer.Option(help="Kept in the lineage. Default: git's commit.")
    ] = None,
    settings: Annotated[Path, typer.Option(help="The settings file.")] = DEFAULT_PATH,
) -> None:
    """Train a model and register the version for approval; prints the execution's ARN."""
    chosen(load(settings), tenant, model)
    parameters = dict(_name_and_value(text) for text in parameter or [])
    try:
        uri = _uploaded(tenant, model, data) if data else None
        arn = started(
            TenantNames(tenant=tenant).training_state_machine,
            {
                "model": model,
                "data": uri,
                "code_version": code_version or _commit(),
                "parameters": parameters,
                "requested_by": boto3.client("sts").get_caller_identity()["Arn"],
            },
        )
    except (BotoCoreError, ClientError) as error:
        raise TrainingNotStarted(
            f"training of {tenant}/{model} was not started: {error}"
        ) from error
    typer.echo(arn)


def _name_and_value(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not name or not separator:
        raise TrainingNotStarted(f"--parameter got {text!r}; expected name=value")
    return name, value


def _uploaded(tenant: str, model: str, data: Path) -> str:
    if not data.is_file():
        raise TrainingNotStarted(f"--data got {str(data)!r}; expected a file that exists")
    account = boto3.client("sts").get_caller_identity()["Account"]
    s3 = boto3.client("s3")
    bucket = TenantNames(tenant=tenant).bucket(account, s3.meta.region_name)
    key = f"{model}/training/data/{data.name}"
    s3.upload_file(str(data), bucket, key)
    return f"s3://{bucket}/{key}"


def _commit() -> str:
    result = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return result.stdout.strip() or "unknown"
