"""`make demo`: the whole of Terrace in one run on the embedded cloud."""

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from examples.demo.operator import GaveUp
from examples.demo.stage import Stage
from examples.demo.story import CHAPTERS, Story
from localcloud import lifecycle
from localcloud.config import Config
from localcloud.errors import LocalCloudError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".localcloud"
# An hour of waits and schedules takes three minutes; nothing else is sped up.
CLOCK_SPEED = 20.0


def main() -> int:
    """Tells the story; 0 when all of it came true."""
    console = Console(highlight=False, soft_wrap=True)
    started = time.monotonic()
    console.print("[bold]Terrace[/]: three tenants, one file, on the embedded cloud\n")
    try:
        lifecycle.up(Config(port=lifecycle.free_port(), folder=FOLDER, clock_speed=CLOCK_SPEED))
        try:
            story = _told(console)
        finally:
            lifecycle.down(FOLDER)
    except (GaveUp, LocalCloudError) as error:
        console.print(f"\n[bold red]The demo failed:[/] {error}", markup=True)
        console.print(f"Logs: {FOLDER / 'logs'}")
        return 1
    console.print(_summary(story))
    console.print(f"All of it in {time.monotonic() - started:.0f} s; nothing is left running.")
    return 0


def _told(console: Console) -> Story:
    stage = Stage(root=ROOT, folder=FOLDER, environment=lifecycle.environment(FOLDER))
    with tempfile.TemporaryDirectory() as folder:
        story = Story(stage=stage, folder=Path(folder))
        for number, (title, chapter) in enumerate(CHAPTERS, start=1):
            began = time.monotonic()
            with console.status(f"{number:2d}/{len(CHAPTERS)} {title} ..."):
                told = chapter(story)
            seconds = time.monotonic() - began
            console.print(f"{number:2d}/{len(CHAPTERS)} [bold]{title}[/] [dim]{seconds:.1f} s[/]")
            for line in told:
                console.print(f"      {line}", markup=False)
        console.print(Panel(story.alert, title="What the subscriber of north-mill received"))
    return story


def _summary(story: Story) -> Table:
    table = Table(title="What happened")
    table.add_column("what")
    table.add_column("outcome")
    for what, outcome in story.facts.items():
        table.add_row(what, outcome)
    table.add_row("reports of the drifted window", str(story.kept))
    return table


if __name__ == "__main__":
    sys.exit(main())
