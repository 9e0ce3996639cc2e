"""A folder with a monitor's baseline: its files, and what the monitor was told when it was made."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terrace.cli.options import parsed
from terrace.errors import TerraceError
from terrace.monitor import Files, Kind, Options, remembered

_OPTIONS = "options"


class UnreadableBaseline(TerraceError):
    """A folder that holds no baseline of the kind that was asked for."""


def write(folder: Path, files: Files) -> None:
    """Writes JSON files, by name without the suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = json.dumps(content, indent=2, allow_nan=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def keep(folder: Path, kind: Kind, files: Files, options: Options) -> None:
    """Writes a baseline, and the options beside it: a check need not be told them again."""
    write(folder, {**files, _OPTIONS: remembered(kind, options)})


def load(folder: Path, kind: Kind, given: Mapping[str, str]) -> tuple[Files, Options]:
    """A baseline's files, and the options of the monitor; those given now go before.

    Raises:
        UnreadableBaseline: A file is not there, is no JSON, or is of another monitor.
        InvalidOptions: An option is needed that neither the baseline nor the caller gives.
    """
    kept: dict[str, Any] = {"kind": kind.name, "options": {}}
    if (folder / f"{_OPTIONS}.json").exists():  # SageMaker's baselines have none
        kept = _read(folder / f"{_OPTIONS}.json")
    if kept.get("kind") != kind.name:
        raise UnreadableBaseline(
            f"{folder}: got a baseline of {kept.get('kind')!r}; expected one of {kind.name!r}"
        )
    options = parsed(kind.options, {**kept["options"], **given})
    files = {name: _read(folder / f"{name}.json") for name in kind.files}
    return files, options


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableBaseline(f"{path}: cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise UnreadableBaseline(f"{path}: got {type(content).__name__}; expected a JSON object")
    return content
