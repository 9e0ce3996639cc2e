"""`make bench`: one table, ours beside the named peers on the same work, in one run."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import bias, captured, flat, pipeline, start, synth, tabular
from benchmarks.measuring import Row

PARTS: tuple[Callable[[Path], Iterator[Row]], ...] = (
    captured.rows,
    tabular.rows,
    bias.rows,
    flat.rows,
    start.rows,
    synth.rows,
    pipeline.rows,
)


def main() -> None:
    """Prints the table; each part says what it does while it does it."""
    console = Console()
    table = Table(title="Medians; a ratio above 1 is in our favour")
    for column in ("work", "terrace", "peer", "", "ratio"):
        table.add_column(column)
    for part in PARTS:
        with tempfile.TemporaryDirectory() as folder:
            for row in part(Path(folder)):
                console.print(f"... {row.work}: {row.ours}, {row.theirs}", style="dim")
                table.add_row(row.work, row.ours, row.peer, row.theirs, row.ratio)
    console.print(table)


if __name__ == "__main__":
    main()
