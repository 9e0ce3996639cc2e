"""The documents say what is: their commands exist, their settings load, their paths are there."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from pipelines import pictures
from terrace import levels_page
from terrace.cli import app
from terrace.cli.settings import json_schema
from terrace.model_settings import Model
from terrace.settings_file import load

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if not name.startswith("CHANGELOG") and (ROOT / name).exists()
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROOT_COMMAND = typer.main.get_command(app)


def blocks(language: str) -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for found, text in BLOCK.findall(document.read_text()):
            if found == language:
                yield document, text


def shell_commands(program: str) -> Iterator[list[str]]:
    """The calls of a program in the documents' shell blocks, without what they print."""
    for _, text in blocks("console"):
        for line in re.sub(r"\\\n\s*", " ", text).splitlines():
            if line.startswith(f"$ {program} "):
                yield shlex.split(line.removeprefix("$ ").split(" | ")[0], comments=True)[1:]


def leaf(words: list[str]) -> tuple[Any, list[str]]:
    command: Any = ROOT_COMMAND
    while hasattr(command, "commands") and words:
        name, *words = words
        found = command.commands.get(name)
        assert found, f"there is no command {name!r}"
        command = found
    return command, words


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if hasattr(group, "commands"):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))
    else:
        yield path


@pytest.mark.parametrize("words", list(shell_commands("terrace")), ids=" ".join)
def test_a_terrace_command_in_a_document_can_be_typed(words: list[str]) -> None:
    command, arguments = leaf(words)
    command.make_context("terrace", list(arguments), resilient_parsing=False)


@pytest.mark.parametrize("path", list(commands(ROOT_COMMAND)), ids=" ".join)
def test_every_terrace_command_is_in_a_document(path: tuple[str, ...]) -> None:
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    assert f"terrace {' '.join(path)}" in text


@pytest.mark.parametrize("words", list(shell_commands("make")), ids=" ".join)
def test_a_make_target_in_a_document_exists(words: list[str]) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(words) <= set(targets)


@pytest.mark.parametrize(
    "text", [text for _, text in blocks("yaml") if re.search(r"^tenants:", text, re.MULTILINE)]
)
def test_settings_in_a_document_load(text: str, tmp_path: Path) -> None:
    path = tmp_path / "terrace.yaml"
    path.write_text(text)
    load(path)


@pytest.mark.parametrize("text", [text for _, text in blocks("python")])
def test_code_in_a_document_runs(text: str) -> None:
    exec(compile(text, "document", "exec"), {})  # noqa: S102  # our own documents


@pytest.mark.parametrize(
    "text", [text for _, text in blocks("yaml") if not re.search(r"^tenants:", text, re.MULTILINE)]
)
def test_a_part_of_a_models_settings_in_a_document_loads(text: str) -> None:
    bias = {"positive": "1", "facet": "sex", "facet_values": "F", "predicted": "predicted"}
    model = {"name": "m", "source": "s", "label": "l", "holdout": {}}
    Model.model_validate(model | {"monitors": {"bias-drift": bias}} | yaml.safe_load(text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_path_in_a_document_exists(document: Path) -> None:
    text = BLOCK.sub("", document.read_text())
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", text)
    linked = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    made_later = ("cdk.out/", ".localcloud/", ".cache/", ".venv/")
    for path in named:
        known = (ROOT / path).exists() or (document.parent / path).exists()
        assert known or path.startswith(made_later), f"{path} is named and does not exist"
    for path in linked:
        assert (document.parent / path).exists(), f"{path} is linked and does not exist"


def test_the_schema_kept_for_editors_is_the_settings_own() -> None:
    assert (ROOT / "docs/terrace.schema.json").read_text() == json_schema()


def test_the_page_of_levels_is_what_the_command_prints() -> None:
    assert (ROOT / "docs" / "levels.md").read_text() == levels_page.page()


def test_the_pictures_of_the_state_machines_are_those_of_their_definitions() -> None:
    assert (ROOT / "docs" / "state-machines.md").read_text() == pictures.page()
