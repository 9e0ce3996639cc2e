"""What could not be parsed, kept beside the results as it comes: it may be as long as the data."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import typer

from terrace.batch import InvalidData, Rejected


class Quarantine:
    """The file `quarantine.jsonl` of a folder, a line a record; there is none without records."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "quarantine.jsonl"
        self._path.unlink(missing_ok=True)
        self._first: Rejected | None = None
        self.count = 0

    def take(self, rejected: Iterable[Rejected]) -> None:
        """Keeps some records."""
        found = list(rejected)
        if not found:
            return
        self._first = self._first or found[0]
        self.count += len(found)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(one)) + "\n" for one in found)

    def refuse_more_than(self, allowed: float, rows: int) -> None:
        """Tells of what was set aside.

        Args:
            allowed: The share of all records that may be.
            rows: How many were parsed.

        Raises:
            InvalidData: More was.
        """
        if self._first is None:
            return
        share = self.count / (rows + self.count)
        typer.echo(f"{self.count} records could not be parsed; they are in {self._path}", err=True)
        if share > allowed:
            raise InvalidData(
                f"{share:.1%} of the records could not be parsed; at most {allowed:.1%} are "
                f"allowed (--max-bad-fraction). First: {self._first.path}:{self._first.line}: "
                f"{self._first.reason}"
            )
