"""Reads a Dockerfile: what of it an image without a container engine can honour."""

import copy
import json
import shlex
import string
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.errors import LocalCloudError

# These do not change what runs here.
_PASSED_OVER = {"LABEL", "EXPOSE", "USER", "STOPSIGNAL", "MAINTAINER", "SHELL"}
_SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class UnknownInstruction(LocalCloudError):
    """A Dockerfile says something that an image without a container engine cannot do."""


@dataclass(kw_only=True)
class Recipe:
    """What a Dockerfile amounts to."""

    base: str = ""
    copies: list[tuple[list[str], str]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": _SEARCHED})
    workdir: str = "/"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    # Each with the working directory that it is run in.
    run: list[tuple[str, str]] = field(default_factory=list)


def read(path: Path, arguments: dict[str, str]) -> Recipe:
    """The recipe in a Dockerfile.

    Raises:
        UnknownInstruction: It has an instruction that cannot be honoured here.
    """
    recipe, known = Recipe(), dict(arguments)
    stages: dict[str, Recipe] = {}
    for number, name, text in _instructions(path.read_text()):
        if name == "ARG":
            key, _, default = text.partition("=")
            known.setdefault(key.strip(), default.strip())
        elif name == "FROM":
            # Of a stage that is not built upon, only COPY --from takes something, which is refused.
            base, stage = _from(text, known)
            recipe = copy.deepcopy(stages[base]) if base in stages else Recipe(base=base)
            stages[stage] = recipe
        elif name == "RUN":
            recipe.run.append((recipe.workdir, _expanded(text, known | recipe.environment)))
        elif name not in _PASSED_OVER:
            _apply(recipe, known, f"{path.name}:{number}", name, text)
    return recipe


def _from(text: str, values: dict[str, str]) -> tuple[str, str]:
    """The base image of a stage, or the stage that it builds upon, and the stage's own name."""
    words = [word for word in text.split() if not word.startswith("--")]
    named = len(words) > 2 and words[1].upper() == "AS"
    return _expanded(words[0], values), words[2] if named else ""


def _instructions(text: str) -> list[tuple[int, str, str]]:
    """Line number, instruction and the rest of it, with continued lines joined."""
    found: list[tuple[int, str, str]] = []
    pending, start = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip().startswith("#") or not (line.strip() or pending):
            continue
        start = start if pending else number
        pending += line.rstrip().removesuffix("\\") + " "
        if not line.rstrip().endswith("\\"):
            name, _, rest = pending.strip().partition(" ")
            found.append((start, name.upper(), rest.strip()))
            pending = ""
    return found


def _apply(recipe: Recipe, known: dict[str, str], where: str, name: str, text: str) -> None:
    values = known | recipe.environment
    match name:
        case "COPY":
            *sources, target = _words(text, values, where)
            recipe.copies.append((sources, _absolute(recipe.workdir, target)))
        case "ENV":
            recipe.environment |= _pairs(text, values, where)
        case "WORKDIR":
            recipe.workdir = _absolute(recipe.workdir, _expanded(text, values))
        case "ENTRYPOINT":
            recipe.entrypoint = _command(text)
        case "CMD":
            recipe.command = _command(text)
        case _:
            raise UnknownInstruction(
                f"{where}: {name} cannot be honoured without a container engine; "
                f"expected COPY, ENV, ARG, WORKDIR, ENTRYPOINT, CMD or RUN"
            )


def _words(text: str, values: dict[str, str], where: str) -> list[str]:
    words = json.loads(text) if text.startswith("[") else shlex.split(text)
    flags = [word for word in words if word.startswith("--")]
    refused = [flag for flag in flags if not flag.startswith(("--chmod", "--chown", "--link"))]
    if refused:
        raise UnknownInstruction(
            f"{where}: COPY {refused[0]} cannot be honoured without a container engine"
        )
    return [_expanded(word, values) for word in words if not word.startswith("--")]


def _pairs(text: str, values: dict[str, str], where: str) -> dict[str, str]:
    words = shlex.split(text)
    if "=" not in words[0]:
        raise UnknownInstruction(f"{where}: ENV got {text!r}; expected name=value")
    split = [word.partition("=") for word in words]
    return {name: _expanded(value, values) for name, _, value in split}


def _expanded(text: str, values: dict[str, str]) -> str:
    return string.Template(text).safe_substitute(values)


def _absolute(workdir: str, path: str) -> str:
    absolute = path if path.startswith("/") else f"{workdir.rstrip('/')}/{path}"
    return absolute if not path.endswith("/.") else absolute[:-1]


def _command(text: str) -> list[str]:
    return list(json.loads(text)) if text.startswith("[") else ["/bin/sh", "-c", text]
