"""`python -m localcloud up | status | env | speed | down`: the embedded cloud on its own."""

from pathlib import Path
from typing import Annotated

import typer

from localcloud import lifecycle
from localcloud.config import DEFAULT_FOLDER, DEFAULT_PORT, Config
from localcloud.errors import LocalCloudError

Folder = Annotated[Path, typer.Option(help="Where its state is kept.")]
app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def up(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = DEFAULT_PORT,
    speed: Annotated[float, typer.Option(help="How much faster its time runs.")] = 1.0,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Starts it, empty."""
    running = lifecycle.up(Config(port=port, folder=folder, clock_speed=speed))
    typer.echo(f"up at {running.config.endpoint_url} (process {running.pid})")


@app.command()
def status(folder: Folder = DEFAULT_FOLDER) -> None:
    """Tells whether it is up, and where."""
    running = lifecycle.status(folder)
    typer.echo(f"up at {running.config.endpoint_url}" if running else "down")


@app.command()
def env(folder: Folder = DEFAULT_FOLDER) -> None:
    """Prints the environment that reaches it, for `eval`."""
    typer.echo(lifecycle.exports(lifecycle.environment(folder)))


@app.command()
def speed(times: float, folder: Folder = DEFAULT_FOLDER) -> None:
    """Lets its time run so many times faster than the wall clock."""
    lifecycle.set_speed(times, folder)


@app.command()
def down(folder: Folder = DEFAULT_FOLDER) -> None:
    """Stops it, and everything that it started."""
    typer.echo("stopped" if lifecycle.down(folder) else "was not up")


def main() -> None:
    """Runs a command; what goes wrong is told in a sentence."""
    try:
        app()
    except LocalCloudError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
