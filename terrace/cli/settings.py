"""`terrace validate`, `schema` and `levels`: the settings file and what it may hold."""

import json
from pathlib import Path
from typing import Annotated

import typer

from terrace import levels_page
from terrace.settings import Settings
from terrace.settings_file import DEFAULT_PATH, load


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(validate)
    app.command()(schema)
    app.command()(levels)


def validate(
    path: Annotated[Path, typer.Argument(help="The settings file.")] = DEFAULT_PATH,
) -> None:
    """Tell every mistake in terrace.yaml, with its line, and exit with 1 if there is one."""
    settings = load(path)
    models = sum(len(tenant.models) for tenant in settings.tenants)
    typer.echo(f"{path}: {len(settings.tenants)} tenants, {models} models, no mistakes")


def schema() -> None:
    """Print the JSON schema of terrace.yaml, for editors."""
    typer.echo(json_schema(), nl=False)


def levels() -> None:
    """Print what each level gives, and what AWS does not allow together, as Markdown."""
    typer.echo(levels_page.page(), nl=False)


def json_schema() -> str:
    """The JSON schema of the settings, as it is kept in docs/."""
    return json.dumps(Settings.model_json_schema(by_alias=True), indent=2) + "\n"
