"""Data as files and as captured traffic, and the commands on them, in this process."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from terrace.cli import app


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command came to.

    Attributes:
        checks: The violations of `constraint_violations.json`, by feature and check.
        aside: The lines of `quarantine.jsonl`.
    """

    exit_code: int
    output: str
    error: str
    checks: dict[tuple[str, str], float | None]
    aside: list[dict[str, Any]]
    folder: Path

    @property
    def records(self) -> int:
        """How many rows were observed, as the table's title says."""
        return int(self.output.split(" records")[0].split()[-1])

    def file(self, name: str) -> Any:
        """A JSON file beside the violations."""
        return json.loads((self.folder / f"{name}.json").read_text())


def terrace(command: str, kind: str, data: Path, folder: Path, *options: str | Path) -> Done:
    """Runs `terrace baseline` or `terrace check`."""
    arguments = [command, kind, str(data), "-o", str(folder), *map(str, options)]
    result = CliRunner().invoke(app, arguments)
    violations, aside = folder / "constraint_violations.json", folder / "quarantine.jsonl"
    found = json.loads(violations.read_text())["violations"] if violations.exists() else []
    return Done(
        exit_code=result.exit_code,
        output=result.stdout,
        error=f"{type(result.exception).__name__}: {result.exception}",
        checks={(v["feature_name"], v["constraint_check_type"]): v["value"] for v in found},
        aside=[json.loads(line) for line in aside.read_text().splitlines()]
        if aside.exists()
        else [],
        folder=folder,
    )


def learnt(data: Path, *options: str, kind: str = "data-quality") -> Path:
    """A baseline of a file, in a folder beside it."""
    folder = data.parent / f"baseline-of-{data.name}"
    done = terrace("baseline", kind, data, folder, *options)
    assert done.exit_code == 0, done.error
    return folder


def checked(data: Path, baseline: Path, *options: str, kind: str = "data-quality") -> Done:
    """A check of a file, with its results beside it."""
    folder = data.parent / f"check-of-{data.name}-by-{baseline.name}"
    return terrace("check", kind, data, folder, "--baseline", baseline, *options)


def side(data: str, encoding: str, content_type: str = "") -> dict[str, str]:
    """One side of a captured record."""
    types = {"CSV": "text/csv", "JSON": "application/json"}
    found = {"data": data, "encoding": encoding, "mode": "INPUT"}
    return {"observedContentType": content_type or types.get(encoding, ""), **found}


def record(request: str, encoding: str = "CSV", content_type: str = "") -> str:
    """A captured record with a request alone, as a line."""
    return json.dumps({"captureData": {"endpointInput": side(request, encoding, content_type)}})


def exchange(request: str, response: str, truth: str | None = None, encoding: str = "CSV") -> str:
    """A captured record with an answer, and its label where there is one."""
    found: dict[str, Any] = {
        "captureData": {
            "endpointInput": side(request, "CSV"),
            "endpointOutput": side(response, encoding),
        },
        "eventMetadata": {"eventId": request},
    }
    if truth is not None:
        found["groundTruthData"] = {"data": truth, "encoding": "CSV"}
    return json.dumps(found)


def written(path: Path, lines: Iterable[str]) -> Path:
    """A file of lines."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path
