"""Runs `terrace baseline` and `terrace check` on the cases, as they are typed."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from terrace.cli import app
from terrace.errors import TerraceError

CASES = Path(__file__).parents[1] / "data" / "cases"


def terrace(*arguments: str | Path) -> tuple[int, str]:
    """The exit code, and what was printed; whatever would be a traceback is raised."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(done.exception, TerraceError):
        return 1, str(done.exception)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def baseline(kind: str, data: Path, folder: Path, *options: str | Path) -> tuple[int, str]:
    """Makes a baseline."""
    return terrace("baseline", kind, data, "-o", folder, *options)


def check(kind: str, data: Path, made: Path, folder: Path, *options: str | Path) -> tuple[int, str]:
    """Checks data against a baseline."""
    return terrace("check", kind, data, "--baseline", made, "-o", folder, *options)


def read(folder: Path, name: str) -> dict[str, Any]:
    """A file of the results. It is JSON as the standard has it, without NaN and infinities."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{name}.json has {constant}")

    text = (folder / f"{name}.json").read_text(encoding="utf-8")
    content = json.loads(text, parse_constant=refuse)
    assert isinstance(content, dict)
    return content


def violated(folder: Path) -> list[tuple[str, str]]:
    """The features and checks that are violated."""
    found = read(folder, "constraint_violations")["violations"]
    return [(one["feature_name"], one["constraint_check_type"]) for one in found]
