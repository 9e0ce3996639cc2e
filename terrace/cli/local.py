"""`terrace local`: the embedded cloud, up and down."""

from pathlib import Path
from typing import Annotated

import typer

from localcloud import lifecycle
from localcloud.config import DEFAULT_FOLDER, DEFAULT_PORT, Config

Folder = Annotated[Path, typer.Option(help="Where the embedded cloud keeps its files.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    local = typer.Typer(help="The embedded cloud: AWS on this machine.", no_args_is_help=True)
    for command in (up, status, env, down):
        local.command()(command)
    app.add_typer(local, name="local")


def up(
    port: Annotated[int, typer.Option(help="The loopback port.")] = DEFAULT_PORT,
    folder: Folder = DEFAULT_FOLDER,
    clock_speed: Annotated[
        float, typer.Option(help="How much faster schedules, waits and alarms run.", min=1)
    ] = 1.0,
) -> None:
    """Start an empty embedded cloud."""
    running = lifecycle.up(Config(port=port, folder=folder, clock_speed=clock_speed))
    typer.echo(f"The embedded cloud is up at {running.config.endpoint_url}.")
    typer.echo('Point this shell at it: eval "$(terrace local env)"')


def status(folder: Folder = DEFAULT_FOLDER) -> None:
    """Tell whether an embedded cloud is up; exit with 3 where none is."""
    running = lifecycle.status(folder)
    if running is None:
        typer.echo("down")
        raise typer.Exit(3)
    config = running.config
    typer.echo(f"up at {config.endpoint_url}, process {running.pid}, files in {config.folder}")


def env(folder: Folder = DEFAULT_FOLDER) -> None:
    """Print the shell commands that point a shell at the embedded cloud."""
    typer.echo(lifecycle.exports(lifecycle.environment(folder)))


def down(folder: Folder = DEFAULT_FOLDER) -> None:
    """Stop the embedded cloud and everything that it started."""
    stopped = lifecycle.down(folder)
    typer.echo("The embedded cloud is down." if stopped else "No embedded cloud was up.")
